"""What a broker removes: old records by time and size, and of a compacted topic all but the newest of each key."""

import os

import pytest
from confluent_kafka import TopicPartition

from confluent import consumer, create_topic, produce, producer, take
from server import eventually

SETTINGS = {"log.retention-check-interval": "200ms"}


def watermarks(server, topic):
    return consumer(server, "watermarks").get_watermark_offsets(TopicPartition(topic, 0), timeout=10)


def read_to_end(server, topic):
    """What a consumer sees from the start to the end, however many offsets are gone."""
    client = consumer(server, "reader", enable_partition_eof=True)
    client.assign([TopicPartition(topic, 0, 0)])
    rows = []
    while True:
        message = client.poll(5)
        assert message is not None, "neither a record nor the end"
        if message.error():
            break
        rows.append(message)
    client.close()
    return rows


def test_old_segments_go_by_time(make_server, name):
    server = make_server(SETTINGS)
    create_topic(server, name, config={"retention.ms": "1000", "segment.ms": "200"})
    produce(server, name, [b"x"] * 10)
    eventually(lambda: watermarks(server, name) == (10, 10), 20, 0.1, "all records past their age")
    assert produce(server, name, [b"y"]) == [10]
    (message,) = read_to_end(server, name)
    assert message.value() == b"y"


def test_old_segments_go_by_size(make_server, name):
    server = make_server(SETTINGS)
    create_topic(server, name, config={"retention.bytes": "3000000", "segment.bytes": "1048576"})
    produce(server, name, [os.urandom(10_000) for _ in range(1000)], batch_size=50_000)
    eventually(lambda: watermarks(server, name)[0] > 500, 20, 0.1, "the oldest segments gone")
    low, high = watermarks(server, name)
    assert high == 1000 and (high - low) * 10_000 >= 2_900_000, "more is gone than retention.bytes allows"
    assert [m.offset() for m in read_to_end(server, name)] == list(range(low, high))


@pytest.mark.parametrize("codec", ["none", "zstd"])
def test_compaction_keeps_the_newest_of_each_key(make_server, name, codec):
    """Offsets stay as they were, tombstones count as the newest, and consumers get over the gaps; also after kill -9."""
    server = make_server(SETTINGS)
    create_topic(server, name, config={
        "cleanup.policy": "compact", "segment.ms": "200", "min.cleanable.dirty.ratio": "0.01",
        "max.compaction.lag.ms": "200", "delete.retention.ms": "86400000"})
    client = producer(server, compression_type=codec, linger_ms=5)
    newest = {}
    for i in range(2000):
        key, value = b"k%d" % (i % 50), b"%d %s" % (i, b"z" * 50)
        if i >= 1990:
            value = None  # tombstones for ten keys
        client.produce(name, value, key)
        newest[key] = (i, value)
        if i % 100 == 0:
            client.flush(10)
    assert client.flush(10) == 0

    def compacted():
        # The active segment is never compacted: a record of another key closes the one before it.
        produce_key(server, name, b"filler")
        rows = [m for m in read_to_end(server, name) if m.key() != b"filler"]
        return {m.key(): (m.offset(), m.value()) for m in rows} == newest and len(rows) == 50

    eventually(compacted, 40, 0.5, "one record for each key")
    server.restart_after_kill()
    rows = [m for m in read_to_end(server, name) if m.key() != b"filler"]
    assert {m.key(): (m.offset(), m.value()) for m in rows} == newest
    # A consumer may begin at an offset that is gone.
    reader = consumer(server, "gap")
    reader.assign([TopicPartition(name, 0, 5)])
    assert take(reader, 1)[0].offset() == 1950


def produce_key(server, topic, key):
    client = producer(server)
    client.produce(topic, b"x", key)
    assert client.flush(10) == 0


def test_tombstones_go_after_their_time(make_server, name):
    server = make_server(SETTINGS)
    create_topic(server, name, config={
        "cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01",
        "max.compaction.lag.ms": "100", "delete.retention.ms": "100"})
    client = producer(server)
    client.produce(name, b"value", b"key")
    client.flush(10)
    client.produce(name, None, b"key")
    client.flush(10)

    def gone():
        produce_key(server, name, b"filler")
        return not [m for m in read_to_end(server, name) if m.key() == b"key"]

    eventually(gone, 40, 0.3, "the tombstone gone")
