"""kill -9 in the middle of acknowledged produce, again and again: what was acknowledged is there, in order, and what an
idempotent producer sent is there once."""

import os
import random
import threading
import time

import pytest
from confluent_kafka import TopicPartition

from confluent import consumer, create_topic, producer
from server import eventually

KILLS = int(os.environ.get("COMPATIBILITY_KILLS", 60))
PARTITIONS = 3
OUTSTANDING_MAX = 3000


class NumberProducer(threading.Thread):
    """Sends 0, 1, 2, … to every partition of a topic until told to stop, and notes what was acknowledged where."""

    def __init__(self, server, topic, **options):
        super().__init__(daemon=True)
        self.topic = topic
        self.client = producer(
            server, acks="all", message_timeout_ms=0, linger_ms=1, reconnect_backoff_ms=20,
            reconnect_backoff_max_ms=100, retry_backoff_ms=20, retry_backoff_max_ms=100, error_cb=self._failed,
            **options)
        self.acknowledged = [{} for _ in range(PARTITIONS)]  # number → offset
        self.acknowledged_count = 0
        self.errors = []
        self.is_wanted = True
        self.sent = 0
        self.start()

    def _failed(self, error):
        if error.fatal():
            self.errors.append(error)

    def _delivered(self, error, message):
        if error is not None:
            self.errors.append(error)
            return
        self.acknowledged[message.partition()][int(message.value())] = message.offset()
        self.acknowledged_count += 1

    def run(self):
        while self.is_wanted and not self.errors:
            for partition in range(PARTITIONS):
                self.client.produce(self.topic, b"%d" % self.sent, partition=partition, on_delivery=self._delivered)
            self.sent += 1
            self.client.poll(0)
            while len(self.client) > OUTSTANDING_MAX and self.is_wanted and not self.errors:
                self.client.poll(0.005)
            if self.sent % 20 == 0:
                self.client.poll(0.002)

    def finish(self):
        """Waits until everything sent is acknowledged."""
        self.is_wanted = False
        self.join(10)
        assert not self.errors, self.errors
        assert self.client.flush(30) == 0, "not everything could be sent after the last restart"
        assert not self.errors, self.errors


class Reader(threading.Thread):
    """Reads along, and notes what it saw: none of it may be taken back."""

    def __init__(self, server, topic):
        super().__init__(daemon=True)
        self.client = consumer(
            server, "reader", reconnect_backoff_ms=20, reconnect_backoff_max_ms=100, fetch_error_backoff_ms=20)
        self.client.assign([TopicPartition(topic, p, 0) for p in range(PARTITIONS)])
        self.seen = [{} for _ in range(PARTITIONS)]  # offset → number
        self.contradictions = []
        self.is_wanted = True
        self.start()

    def run(self):
        while self.is_wanted:
            for message in self.client.consume(5000, 0.1):
                if message.error():
                    continue
                number = int(message.value())
                before = self.seen[message.partition()].setdefault(message.offset(), number)
                if before != number:
                    self.contradictions.append((message.partition(), message.offset(), before, number))

    def finish(self):
        self.is_wanted = False
        self.join(10)
        self.client.close()
        assert not self.contradictions, "one offset held two records"


def read_all(server, topic):
    """The numbers of every partition in order of offset, offsets included."""
    client = consumer(server, "final")
    partitions = [TopicPartition(topic, p, 0) for p in range(PARTITIONS)]
    ends = [client.get_watermark_offsets(p, timeout=10)[1] for p in partitions]
    client.assign(partitions)
    rows = [[] for _ in range(PARTITIONS)]
    deadline = time.monotonic() + 60
    while any(len(rows[p]) < ends[p] for p in range(PARTITIONS)):
        assert time.monotonic() < deadline, "the log cannot be read to its end"
        for message in client.consume(10_000, 0.5):
            assert not message.error(), message.error()
            rows[message.partition()].append((message.offset(), int(message.value())))
    client.close()
    return rows


def check(sender, reader, rows, allows_duplicates):
    for partition in range(PARTITIONS):
        offsets = [offset for offset, _ in rows[partition]]
        assert offsets == list(range(len(offsets))), f"partition {partition}: offsets are not 0, 1, 2 …"
        stored = dict(rows[partition])
        for number, offset in sender.acknowledged[partition].items():
            assert stored.get(offset) == number, f"{number} was acknowledged at {partition}/{offset}: {stored.get(offset)}"
        for offset, number in reader.seen[partition].items():
            assert stored.get(offset) == number, f"a reader saw {number} at {partition}/{offset}: {stored.get(offset)}"
        numbers = [number for _, number in rows[partition]]
        first_seen = list(dict.fromkeys(numbers))
        assert first_seen == list(range(sender.sent)), f"partition {partition}: lost or out of order"
        if not allows_duplicates:
            assert len(numbers) == len(first_seen), f"partition {partition}: {len(numbers) - len(first_seen)} duplicates"


@pytest.mark.long
def test_killed_at_random_instants(make_server, name):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    server = make_server()
    idempotent, plain = f"{name}-idempotent", f"{name}-plain"
    for topic in (idempotent, plain):
        create_topic(server, topic, PARTITIONS)
    senders = [
        NumberProducer(server, idempotent, enable_idempotence=True, max_in_flight=5),
        # One request at a time: with more, a plain producer may itself change the order when it repeats.
        NumberProducer(server, plain, max_in_flight=1),
    ]
    readers = [Reader(server, idempotent), Reader(server, plain)]

    for _ in range(KILLS):
        counts = [s.acknowledged_count for s in senders]
        eventually(
            lambda: all(s.acknowledged_count > c or s.errors for s, c in zip(senders, counts)), 20, 0.002,
            "an acknowledgement after the restart")
        assert not any(s.errors for s in senders), [s.errors for s in senders]
        time.sleep(chance.uniform(0, 0.5))  # the instant of the kill, not a wait for anything
        server.kill()
        server.start()

    for sender in senders:
        sender.finish()
    for reader in readers:
        reader.finish()
    for sender, reader, allows_duplicates in zip(senders, readers, [False, True]):
        rows = read_all(server, sender.topic)
        check(sender, reader, rows, allows_duplicates)
        print(f"{sender.topic}: {sum(map(len, rows))} records after {KILLS} kills")
    assert server.terminate() == 0


def test_stops_cleanly_under_load(make_server, name):
    """SIGTERM while producing: exits 0 in time, and nothing acknowledged is lost."""
    server = make_server()
    create_topic(server, name, PARTITIONS)
    sender = NumberProducer(server, name, enable_idempotence=True, max_in_flight=5)
    reader = Reader(server, name)
    for _ in range(3):
        count = sender.acknowledged_count
        eventually(lambda: sender.acknowledged_count > count + 1000, 20)
        assert server.terminate() == 0
        server.start()
    sender.finish()
    reader.finish()
    check(sender, reader, read_all(server, name), allows_duplicates=False)


@pytest.mark.long
def test_killed_while_compacting(make_server, name):
    """Keys overwritten again and again in small segments that are compacted all the time, with kills in between: of each
    key the newest acknowledged value is there, at the offset it was acknowledged at."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    server = make_server({"log.retention-check-interval": "20ms"})
    create_topic(server, name, config={
        "cleanup.policy": "compact", "segment.bytes": "1048576", "segment.ms": "50",
        "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "1"})
    newest = {}
    failures = []

    def delivered(error, message):
        if error is not None:
            failures.append(error)
        else:
            newest[message.key()] = (message.offset(), message.value())

    client = producer(
        server, enable_idempotence=True, message_timeout_ms=0, linger_ms=2, reconnect_backoff_ms=20,
        reconnect_backoff_max_ms=100, retry_backoff_ms=20, retry_backoff_max_ms=100)
    number = 0
    for _ in range(15):
        deadline = time.monotonic() + chance.uniform(0.1, 0.6)
        while time.monotonic() < deadline:
            client.produce(name, b"%d %s" % (number, b"z" * chance.randrange(2000)), b"k%d" % chance.randrange(300),
                           on_delivery=delivered)
            number += 1
            client.poll(0)
            while len(client) > 500:
                client.poll(0.01)
        server.kill()
        server.start()
    assert client.flush(30) == 0 and not failures

    def stored():
        reader = consumer(server, "final", enable_partition_eof=True)
        reader.assign([TopicPartition(name, 0, 0)])
        found, last = {}, -1
        while True:
            message = reader.poll(10)
            assert message is not None, "neither a record nor the end"
            if message.error():
                reader.close()
                return found
            assert message.offset() > last
            last = message.offset()
            found[message.key()] = (message.offset(), message.value())

    assert stored() == newest
    server.restart_after_kill()
    assert stored() == newest
    size = sum(p.stat().st_blocks * 512 for p in server.data.glob(f"**/{name}-0/*.log"))
    assert size < number * 500, "nothing was compacted"
