"""What a restart must not change: topics, settings, groups and their members, the positions of clients that go on."""

import os

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, TopicPartition
from confluent_kafka.admin import NewPartitions

from confluent import admin_client, consumer, create_topic, produce, producer, read_partition, take
from server import eventually
from test_confluent_groups import Member, share


def test_administration_survives_kill(make_server, name):
    """Each change is durable once it is answered."""
    server = make_server()
    kept, gone, grown = f"{name}-kept", f"{name}-gone", f"{name}-grown"
    create_topic(server, kept)
    admin = create_topic(server, gone)
    produce(server, gone, [b"x"])
    admin.delete_topics([gone])[gone].result(10)
    server.restart_after_kill()
    admin = admin_client(server)
    topics = admin.list_topics(timeout=10).topics
    assert kept in topics and gone not in topics
    create_topic(server, grown, 1)
    admin = admin_client(server)
    admin.create_partitions([NewPartitions(grown, 6)])[grown].result(10)
    server.restart_after_kill()
    admin = admin_client(server)
    assert len(admin.list_topics(timeout=10).topics[grown].partitions) == 6
    assert produce(server, grown, [b"x"], 5) == [0]
    # A topic made again under a name that was deleted begins empty, also after a restart.
    create_topic(server, gone)
    server.restart_after_kill()
    assert produce(server, gone, [b"new"]) == [0]


def test_deleted_group_stays_deleted(make_server, name):
    server = make_server()
    admin = create_topic(server, name)
    for group in ("kept", "gone"):
        wanted = ConsumerGroupTopicPartitions(group, [TopicPartition(name, 0, 5)])
        admin.alter_consumer_group_offsets([wanted])[group].result(10)
    admin.delete_consumer_groups(["gone"])["gone"].result(10)
    server.restart_after_kill()
    admin = admin_client(server)
    assert [g.group_id for g in admin.list_consumer_groups().result(10).valid] == ["kept"]


@pytest.mark.parametrize("ending", ["kill", "terminate"])
def test_members_go_on_after_a_restart(make_server, name, ending):
    """The group is read back with its members and generation: they go on without a rebalance, and read nothing twice."""
    server = make_server()
    create_topic(server, name, 4)
    options = {"heartbeat_interval_ms": 300, "reconnect_backoff_max_ms": 200}
    members = [Member(server, f"{name}-group", name, **options) for _ in range(2)]
    try:
        eventually(lambda: share(members, 4), 20)
        assigned = [list(m.assigned_calls) for m in members]
        for partition in range(4):
            produce(server, name, [b"x"] * 50, partition)
        eventually(lambda: sum(len(m.received) for m in members) == 200, 20)
        for _ in range(3):
            getattr(server, ending)()
            server.start()
            for partition in range(4):
                produce(server, name, [b"x"] * 50, partition)
        eventually(lambda: sum(len(m.received) for m in members) >= 800, 20)
        received = sorted(r for m in members for r in m.received)
        assert received == [(p, o) for p in range(4) for o in range(200)]
        assert [m.assigned_calls for m in members] == assigned, "a restart made a rebalance"
    finally:
        for member in members:
            member.stop()


def test_consumer_and_producer_outlive_a_restart(make_server, name):
    server = make_server()
    create_topic(server, name)
    writer = producer(server, enable_idempotence=True, reconnect_backoff_max_ms=200)
    reader = consumer(server, name, reconnect_backoff_max_ms=200)
    reader.assign([TopicPartition(name, 0, 0)])
    for round_number in range(3):
        writer.produce(name, b"%d" % round_number)
        assert writer.flush(20) == 0
        (message,) = take(reader, 1)
        assert (message.offset(), message.value()) == (round_number, b"%d" % round_number)
        server.restart_after_kill()


def test_large_records(make_server, name):
    """A record of 60 MB where topic and clients allow it."""
    server = make_server()
    create_topic(server, name, config={"max.message.bytes": "90000000"})
    value = os.urandom(60_000_000)
    limits = {"message_max_bytes": 95_000_000}
    assert produce(server, name, [value], **limits) == [0]
    options = {"fetch_max_bytes": 95_000_000, "message_max_bytes": 95_000_000, "receive_message_max_bytes": 96_000_000}
    (message,) = read_partition(server, name, 1, **options)
    assert message.value() == value


def test_the_brokers_own_topic_takes_no_records(server, name):
    client = consumer(server, name)
    create_topic(server, name)
    client.commit(offsets=[TopicPartition(name, 0, 1)], asynchronous=False)
    errors = []
    writer = producer(server, message_timeout_ms=5000)
    writer.produce("__consumer_offsets", b"x", partition=0, on_delivery=lambda error, _: errors.append(error.code()))
    writer.flush(10)
    assert errors == [KafkaError.TOPIC_EXCEPTION]
