"""The rules of Produce, with requests of our own: sequences of idempotent producers, validation, acknowledgements."""

import gzip
import struct
import time

import pytest

from batches import batch, batches_of, stored_batches
from confluent import create_topic
from wire import INIT_PRODUCER_ID, PRODUCE, Connection, produce_body, string

NONE, CORRUPT_MESSAGE, UNKNOWN_TOPIC_OR_PARTITION, MESSAGE_TOO_LARGE = 0, 2, 3, 10
INVALID_REQUIRED_ACKS, INVALID_TIMESTAMP, OUT_OF_ORDER_SEQUENCE, INVALID_PRODUCER_EPOCH = 21, 32, 45, 47
UNSUPPORTED_COMPRESSION, INVALID_RECORD = 76, 87


def new_producer(connection):
    reader = connection.call(INIT_PRODUCER_ID, 0, string(None) + struct.pack(">i", 60_000))
    reader.int32()
    error, producer_id, epoch = reader.int16(), reader.int64(), reader.int16()
    assert error == NONE and producer_id >= 0 and epoch == 0
    return producer_id


def test_repeated_batch_gets_its_first_offset(server, name):
    create_topic(server, name)
    with Connection(server) as connection:
        producer = new_producer(connection)
        offsets = [
            connection.produce(name, 0, batch([b"x"] * 2, producer=(producer, 0, 2 * i)))[:2] for i in range(5)]
        assert offsets == [(NONE, 2 * i) for i in range(5)]
        for i in range(5):  # five batches may be under way, so five are remembered
            again = connection.produce(name, 0, batch([b"x"] * 2, producer=(producer, 0, 2 * i)))
            assert again[:2] == (NONE, 2 * i)
        assert connection.fetch(name, 0, 0)[1] == 10


def test_sequence_rules(server, name):
    create_topic(server, name)
    with Connection(server) as connection:
        producer = new_producer(connection)

        def send(sequence, epoch=0):
            return connection.produce(name, 0, batch([b"x"], producer=(producer, epoch, sequence)))[0]

        assert send(0) == NONE
        assert send(2) == OUT_OF_ORDER_SEQUENCE
        assert send(1) == NONE
        assert send(0, epoch=1) == NONE
        assert send(2, epoch=0) == INVALID_PRODUCER_EPOCH
        assert send(5, epoch=2) == OUT_OF_ORDER_SEQUENCE


def test_sequences_survive_kill(make_server, name):
    server = make_server()
    create_topic(server, name)
    with Connection(server) as connection:
        producer = new_producer(connection)
        assert connection.produce(name, 0, batch([b"x"] * 3, producer=(producer, 0, 0)))[:2] == (NONE, 0)
    server.restart_after_kill()
    with Connection(server) as connection:
        assert connection.produce(name, 0, batch([b"x"] * 3, producer=(producer, 0, 0)))[:2] == (NONE, 0)
        assert connection.produce(name, 0, batch([b"x"], producer=(producer, 0, 7)))[0] == OUT_OF_ORDER_SEQUENCE
        assert connection.produce(name, 0, batch([b"x"], producer=(producer, 0, 3)))[:2] == (NONE, 3)
        assert connection.fetch(name, 0, 0)[1] == 4


def test_producer_ids_are_never_given_twice(make_server):
    server = make_server()
    seen = []
    for _ in range(5):
        with Connection(server) as connection:
            seen += [new_producer(connection) for _ in range(10)]
        server.restart_after_kill()
    assert len(set(seen)) == len(seen)


def test_batches_are_kept_as_sent(server, name):
    """Only base offset and leader epoch change, and both lie outside the CRC."""
    create_topic(server, name)
    sent = [batch([b"a", b"b"]), batch([b"c"] * 5, codec=1, compress=gzip.compress), batch([b"d"], key=b"k")]
    with Connection(server) as connection:
        for one in sent:
            assert connection.produce(name, 0, one)[0] == NONE
        fetched = batches_of(connection.fetch(name, 0, 0)[3])
    assert [b.raw[16:] for b in fetched] == [one[16:] for one in sent]
    assert [b.base_offset for b in fetched] == [0, 2, 7]
    assert [b.raw for b in stored_batches(server, name)] == [b.raw for b in fetched]


@pytest.mark.parametrize("acks", [2, -2, 100])
def test_invalid_acks(server, name, acks):
    create_topic(server, name)
    with Connection(server) as connection:
        assert connection.produce(name, 0, batch([b"x"]), acks=acks)[0] == INVALID_REQUIRED_ACKS


def test_acks_zero_has_no_response_and_an_error_closes(server, name):
    create_topic(server, name)
    with Connection(server) as connection:
        connection.send(PRODUCE, 7, produce_body(name, 0, batch([b"x"]), acks=0))
        connection.api_versions()  # the next response is this one's
        assert connection.fetch(name, 0, 0, wait_ms=5000)[1] == 1
        connection.send(PRODUCE, 7, produce_body(f"{name}-missing", 0, batch([b"x"]), acks=0))
        assert connection.is_closed_by_server()


def test_missing_topic_and_partition(server, name):
    create_topic(server, name)
    with Connection(server) as connection:
        assert connection.produce(f"{name}-missing", 0, batch([b"x"]))[0] == UNKNOWN_TOPIC_OR_PARTITION
        for partition in (1, -1, 2**31 - 1):
            assert connection.produce(name, partition, batch([b"x"]))[0] == UNKNOWN_TOPIC_OR_PARTITION


def changed(raw, position, value):
    return raw[:position] + value + raw[position + len(value) :]


GOOD = batch([b"x" * 50] * 3)


BAD_BATCHES = {
    "wrong CRC": (changed(GOOD, 17, b"\0\0\0\0"), {CORRUPT_MESSAGE}),
    "a flipped bit in a value": (changed(GOOD, len(GOOD) - 3, b"y"), {CORRUPT_MESSAGE}),
    "magic 1": (changed(GOOD, 16, b"\1"), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "magic 7": (changed(GOOD, 16, b"\7"), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "truncated": (GOOD[:-10], {INVALID_RECORD, CORRUPT_MESSAGE}),
    "only half a header": (GOOD[:30], {INVALID_RECORD, CORRUPT_MESSAGE}),
    "bytes behind the batch": (GOOD + b"tail", {INVALID_RECORD, CORRUPT_MESSAGE}),
    "two batches": (GOOD + GOOD, {INVALID_RECORD}),
    "no batch": (b"", {INVALID_RECORD, CORRUPT_MESSAGE}),
    "negative length": (changed(GOOD, 8, struct.pack(">i", -1)), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "a length beyond all": (changed(GOOD, 8, struct.pack(">i", 2**31 - 1)), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "count above the records": (batch([b"x"] * 3, count=4), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "negative count": (batch([b"x"] * 3, count=-1), {INVALID_RECORD, CORRUPT_MESSAGE}),
    "control batch": (batch([b"x"], key=b"\0\0\0\0", attributes=0x20), {INVALID_RECORD}),
    "codec 7": (batch([b"x"], codec=7), {UNSUPPORTED_COMPRESSION, CORRUPT_MESSAGE, INVALID_RECORD}),
    "base offset not 0": (batch([b"x"], base_offset=5), {INVALID_RECORD, NONE}),
}


@pytest.mark.parametrize("records, errors", BAD_BATCHES.values(), ids=BAD_BATCHES.keys())
def test_bad_batches(server, name, records, errors):
    create_topic(server, name)
    with Connection(server) as connection:
        error = connection.produce(name, 0, records)[0]
        assert error in errors
        assert connection.fetch(name, 0, 0)[1] == (1 if error == NONE else 0), "a refused batch was kept"
        assert connection.produce(name, 0, GOOD)[0] == NONE


def test_batch_above_the_limit(server, name):
    create_topic(server, name)
    with Connection(server) as connection:
        assert connection.produce(name, 0, batch([b"x" * 1_100_000]))[0] == MESSAGE_TOO_LARGE
        assert connection.produce(name, 0, batch([b"x" * 1_000_000]))[0] == NONE


def test_compacted_topic_wants_keys(server, name):
    create_topic(server, name, config={"cleanup.policy": "compact"})
    with Connection(server) as connection:
        assert connection.produce(name, 0, batch([b"x"]))[0] == INVALID_RECORD
        assert connection.produce(name, 0, batch([b"x"] * 3, codec=1, compress=gzip.compress))[0] == INVALID_RECORD
        assert connection.produce(name, 0, batch([b"x"], key=b"k"))[0] == NONE
        compressed = batch([b"x"] * 3, key=b"k", codec=1, compress=gzip.compress)
        assert connection.produce(name, 0, compressed)[0] == NONE


def test_timestamps_out_of_bounds(server, name):
    limits = {"message.timestamp.before.max.ms": "60000", "message.timestamp.after.max.ms": "60000"}
    create_topic(server, name, config=limits)
    now = int(time.time() * 1000)
    with Connection(server) as connection:
        assert connection.produce(name, 0, batch([b"x"], timestamp=now - 600_000))[0] == INVALID_TIMESTAMP
        assert connection.produce(name, 0, batch([b"x"], timestamp=now + 600_000))[0] == INVALID_TIMESTAMP
        assert connection.produce(name, 0, batch([b"x"], timestamp=now))[0] == NONE
