"""Consumer groups of confluent-kafka: rebalances eager and cooperative, static members, commits."""

import threading
import time

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition

from confluent import admin_client, consumer, create_topic, produce, take
from server import eventually


class Member(threading.Thread):
    """A consumer with a thread that polls it. It notes what it owns and what it was told.

    What it owns is kept from what it was told: `Consumer.assignment()` waits without end for librdkafka's own thread and
    holds the interpreter's lock meanwhile, so that one lost wake-up (seen across a restart) stops the whole test run.
    """

    def __init__(self, server, group, topic, **options):
        super().__init__(daemon=True)
        self.assigned_calls, self.revoked_calls, self.lost_calls = [], [], []
        self.received = []
        self.owned = set()
        self.is_wanted = True
        self.leaves = True
        self.consumer = consumer(server, group, **options)
        self.incremental = options.get("partition_assignment_strategy") == "cooperative-sticky"
        self.consumer.subscribe(
            [topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost)
        self.start()

    def _assigned(self, _, partitions):
        told = {p.partition for p in partitions}
        self.assigned_calls.append(told)
        self.owned = self.owned | told if self.incremental else told

    def _gave_up(self, partitions):
        self.owned = self.owned - {p.partition for p in partitions}

    def _revoked(self, client, partitions):
        self.revoked_calls.append({p.partition for p in partitions})
        self._gave_up(partitions)
        try:
            client.commit(asynchronous=False)
        except KafkaException as error:
            assert error.args[0].code() in (
                KafkaError._NO_OFFSET, KafkaError.REBALANCE_IN_PROGRESS, KafkaError.ILLEGAL_GENERATION,
                KafkaError.UNKNOWN_MEMBER_ID), error

    def _lost(self, _, partitions):
        self.lost_calls.append({p.partition for p in partitions})
        self._gave_up(partitions)

    def run(self):
        while self.is_wanted:
            message = self.consumer.poll(0.05)
            if message is not None and not message.error():
                self.received.append((message.partition(), message.offset()))
        if self.leaves:
            self.consumer.close()

    def stop(self):
        self.is_wanted = False
        self.join(20)
        assert not self.is_alive()


@pytest.fixture
def make_member(server, name):
    members = []

    def make(**options):
        members.append(Member(server, f"{name}-group", name, heartbeat_interval_ms=300, **options))
        return members[-1]

    yield make
    for member in members:
        if member.is_alive():
            member.stop()


def share(members, count):
    """All partitions are owned, none of them by two, and everybody has some."""
    owned = [m.owned for m in members]
    return all(owned) and sum(map(len, owned)) == count and set().union(*owned) == set(range(count))


@pytest.mark.parametrize("strategy", ["range", "roundrobin", "cooperative-sticky"])
def test_members_come_and_go(server, name, make_member, strategy):
    create_topic(server, name, 6)
    options = {"partition_assignment_strategy": strategy}
    members = [make_member(**options)]
    eventually(lambda: share(members, 6), 20, what="one member owning all")
    members.append(make_member(**options))
    eventually(lambda: share(members, 6), 20, what="two members sharing")
    members.append(make_member(**options))
    eventually(lambda: share(members, 6), 20, what="three members sharing")
    members.pop(0).stop()
    eventually(lambda: share(members, 6), 20, what="two members after one left")
    for partition in range(6):
        produce(server, name, [b"x"] * 10, partition)
    eventually(lambda: sum(len(m.received) for m in members) == 60, 20, what="all records received once")
    assert not any(m.lost_calls for m in members)


def test_cooperative_members_keep_what_they_have(server, name, make_member):
    create_topic(server, name, 6)
    first = make_member(partition_assignment_strategy="cooperative-sticky")
    eventually(lambda: len(first.owned) == 6, 20)
    second = make_member(partition_assignment_strategy="cooperative-sticky")
    eventually(lambda: share([first, second], 6), 20)
    # Eager would have taken all six away.
    assert set().union(*first.revoked_calls) == second.owned
    assert len(second.owned) == 3


def test_group_reads_everything_once_during_rebalances(server, name, make_member):
    """Members come and go while records arrive; with commits on revocation nothing is read twice."""
    create_topic(server, name, 4)
    options = {"partition_assignment_strategy": "cooperative-sticky"}
    members = [make_member(**options)]
    eventually(lambda: share(members, 4), 20)
    for round_number in range(3):
        for partition in range(4):
            produce(server, name, [b"x"] * 250, partition)
        members.append(make_member(**options))
        eventually(lambda: share([m for m in members if m.is_alive()], 4), 30)
        if round_number == 1:
            members[0].stop()
            eventually(lambda: share([m for m in members if m.is_alive()], 4), 30)
    eventually(lambda: len({r for m in members for r in m.received}) == 3000, 30, what="everything received")
    received = sorted(r for m in members for r in m.received)
    assert received == [(p, o) for p in range(4) for o in range(750)]


def test_static_member_returns_without_rebalance(server, name, make_member):
    create_topic(server, name, 4)
    options = {"session_timeout_ms": 10_000}
    first = make_member(group_instance_id="one", **options)
    eventually(lambda: len(first.owned) == 4, 20)
    second = make_member(group_instance_id="two", **options)
    eventually(lambda: share([first, second], 4), 20)
    before, had = list(first.assigned_calls), second.owned
    second.stop()  # a static member does not leave the group when it closes
    again = make_member(group_instance_id="two", **options)
    eventually(lambda: again.owned == had, 20, what="the same partitions again")
    assert first.assigned_calls == before, "the return of a static member moved the other one's partitions"


def test_static_member_is_fenced_by_its_successor(server, name, make_member):
    create_topic(server, name, 2)
    first = consumer(server, f"{name}-group", group_instance_id="one", heartbeat_interval_ms=300)
    first.subscribe([name])
    eventually(lambda: first.poll(0.05) or first.assignment(), 20)
    second = make_member(group_instance_id="one")
    eventually(lambda: len(second.owned) == 2, 20)

    def fenced():
        message = first.poll(0.1)
        error = message.error() if message is not None else None
        return error is not None and error.code() in (KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID)

    try:
        eventually(fenced, 20, what="the first instance learns that it is fenced")
    except KafkaException as error:
        assert error.args[0].code() in (KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID)


@pytest.mark.long
def test_silent_member_loses_its_partitions(server, name, make_member):
    """A member that stops without leaving is gone after its session timeout, whose least is 6 s."""
    create_topic(server, name, 2)
    silent = make_member(group_instance_id="silent", session_timeout_ms=6000)
    eventually(lambda: len(silent.owned) == 2, 20)
    silent.stop()
    heir = make_member(session_timeout_ms=6000)
    eventually(lambda: len(heir.owned) == 2, 20, what="the partitions after the session timeout")


def test_session_timeout_below_the_least_is_refused(server, name):
    client = consumer(server, name, session_timeout_ms=100, heartbeat_interval_ms=30, max_poll_interval_ms=10_000)
    client.subscribe([name])
    produce(server, name, [b"x"])
    deadline = time.monotonic() + 10
    while (message := client.poll(0.2)) is None or not message.error() or (
            message.error().code() == KafkaError.UNKNOWN_TOPIC_OR_PART):
        assert time.monotonic() < deadline
    assert message.error().code() == KafkaError.INVALID_SESSION_TIMEOUT


def test_commits_survive_kill(make_server, name):
    server = make_server()
    create_topic(server, name, 2)
    produce(server, name, [b"%d" % i for i in range(20)])
    group = f"{name}-group"
    client = consumer(server, group)
    client.subscribe([name])
    take(client, 20)
    client.commit(
        offsets=[TopicPartition(name, 0, 12, metadata="a note"), TopicPartition(name, 1, 0)], asynchronous=False)
    client.close()
    server.restart_after_kill()
    admin = admin_client(server)
    offsets = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
    found = {p.partition: (p.offset, p.metadata) for p in offsets[group].result(10).topic_partitions}
    assert found[0] == (12, "a note") and found[1][0] == 0
    again = consumer(server, group)
    again.subscribe([name])
    assert take(again, 8)[0].offset() == 12


def test_commit_from_outside_the_group_is_refused_while_it_has_members(server, name, make_member):
    create_topic(server, name)
    member = make_member()
    eventually(lambda: member.owned, 20)
    outsider = consumer(server, f"{name}-group")
    with pytest.raises(KafkaException) as refused:
        outsider.commit(offsets=[TopicPartition(name, 0, 1)], asynchronous=False)
    assert refused.value.args[0].code() == KafkaError.UNKNOWN_MEMBER_ID


def test_regular_expression_subscription(server, name):
    create_topic(server, f"{name}-a")
    create_topic(server, f"{name}-b")
    produce(server, f"{name}-a", [b"a"])
    produce(server, f"{name}-b", [b"b"])
    client = consumer(server, name)
    client.subscribe([f"^{name}-.*"])
    assert {m.value() for m in take(client, 2)} == {b"a", b"b"}
    client.close()


def test_members_that_start_together_share_one_rebalance(make_server, name):
    """The first one is made to wait for the others. The default of 100 ms is shorter; this one does not depend on luck."""
    server = make_server({"group.initial-rebalance-delay": "1s"})
    create_topic(server, name, 6)
    members = [Member(server, f"{name}-group", name, heartbeat_interval_ms=300) for _ in range(3)]
    try:
        eventually(lambda: share(members, 6), 20, what="three members sharing")
        assert [len(m.assigned_calls) for m in members] == [1, 1, 1]
    finally:
        for member in members:
            member.stop()


def test_first_member_gets_its_partitions_within_a_second(server, name):
    create_topic(server, name)
    produce(server, name, [b"x"])
    client = consumer(server, name)
    started = time.monotonic()
    client.subscribe([name])
    take(client, 1)
    assert time.monotonic() - started < 2
    client.close()
