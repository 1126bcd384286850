"""The rules of Fetch, with requests of our own: waiting, limits, batches, order of answers."""

import time

from batches import batch, batches_of
from confluent import create_topic
from wire import FETCH, METADATA, PRODUCE, Connection, array, fetch_body, parse_fetch, produce_body

NONE, OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC_OR_PARTITION = 0, 1, 3


def test_long_poll_ends_with_the_produce(server, name):
    create_topic(server, name)
    with Connection(server) as waiting, Connection(server) as writing:
        for round_number in range(5):
            waiting.send(FETCH, 5, fetch_body([(name, 0, round_number)], 8000, 1, 1 << 20, 1 << 20))
            writing.api_versions()  # the fetch is likely parked by now
            writing.produce(name, 0, batch([b"x"]))
            acknowledged = time.monotonic()
            _, reader = waiting.receive()
            latency = time.monotonic() - acknowledged
            error, high_watermark, _, data = parse_fetch(reader)[name, 0]
            assert error == NONE and high_watermark == round_number + 1 and len(batches_of(data)) == 1
            assert latency < 0.5, f"the fetch returned {latency:.3f} s after the acknowledgement"


def test_empty_fetch_waits_as_long_as_asked(server, name):
    create_topic(server, name)
    with Connection(server) as connection:
        started = time.monotonic()
        error, _, _, data = connection.fetch(name, 0, 0, wait_ms=400)
        waited = time.monotonic() - started
        assert error == NONE and data == b"" and 0.38 <= waited < 2
        started = time.monotonic()
        connection.fetch(name, 0, 0, wait_ms=0)
        assert time.monotonic() - started < 0.3


def test_min_bytes(server, name):
    create_topic(server, name)
    with Connection(server) as connection, Connection(server) as writing:
        connection.produce(name, 0, batch([b"x" * 100]))
        started = time.monotonic()
        _, _, _, data = connection.fetch(name, 0, 0, wait_ms=400, bytes_min=50_000)
        assert time.monotonic() - started >= 0.38 and len(batches_of(data)) == 1
        connection.send(FETCH, 5, fetch_body([(name, 0, 0)], 8000, 50_000, 1 << 20, 1 << 20))
        started = time.monotonic()
        writing.produce(name, 0, batch([b"x" * 60_000]))
        _, reader = connection.receive()
        assert time.monotonic() - started < 2
        assert len(batches_of(parse_fetch(reader)[name, 0][3])) == 2


def test_fetch_in_the_middle_of_a_batch_returns_the_whole_batch(server, name):
    create_topic(server, name)
    with Connection(server) as connection:
        for _ in range(3):
            connection.produce(name, 0, batch([b"x"] * 10))
        _, high_watermark, _, data = connection.fetch(name, 0, 15)
        assert high_watermark == 30
        assert [b.base_offset for b in batches_of(data)] == [10, 20]
        assert all(b.is_intact() for b in batches_of(data))


def test_first_batch_is_whole_whatever_the_limits(server, name):
    create_topic(server, name, 2)
    with Connection(server) as connection:
        for partition in range(2):
            for _ in range(3):
                connection.produce(name, partition, batch([b"x" * 10_000]))
        _, _, _, data = connection.fetch(name, 0, 0, bytes_max=100)
        assert len(batches_of(data)) == 1
        _, _, _, data = connection.fetch(name, 0, 0, partition_bytes_max=100)
        assert len(batches_of(data)) == 1
        found = connection.fetch_many([(name, 0, 0), (name, 1, 0)], bytes_max=100)
        assert len(batches_of(found[name, 0][3])) == 1 and batches_of(found[name, 1][3]) == []
        found = connection.fetch_many([(name, 0, 0), (name, 1, 0)], bytes_max=25_000)
        assert sum(len(f[3]) for f in found.values()) <= 25_000
        # The other partition comes first in the next request of a client: nobody starves.
        found = connection.fetch_many([(name, 1, 0), (name, 0, 0)], bytes_max=100)
        assert len(batches_of(found[name, 1][3])) == 1


def test_offsets_out_of_range(server, name):
    create_topic(server, name)
    with Connection(server) as connection:
        connection.produce(name, 0, batch([b"x"] * 3))
        assert connection.fetch(name, 0, 4)[0] == OFFSET_OUT_OF_RANGE
        assert connection.fetch(name, 0, -5)[0] == OFFSET_OUT_OF_RANGE
        error, high_watermark, log_start, data = connection.fetch(name, 0, 3)
        assert (error, high_watermark, log_start, data) == (NONE, 3, 0, b"")


def test_an_error_in_one_partition_answers_at_once(server, name):
    create_topic(server, name)
    with Connection(server) as connection:
        started = time.monotonic()
        found = connection.fetch_many([(name, 0, 0), (f"{name}-missing", 0, 0), (name, 7, 0)], wait_ms=5000)
        assert time.monotonic() - started < 1
        assert found[name, 0][0] == NONE
        assert found[f"{name}-missing", 0][0] == UNKNOWN_TOPIC_OR_PARTITION
        assert found[name, 7][0] == UNKNOWN_TOPIC_OR_PARTITION


def test_responses_come_in_the_order_of_the_requests(server, name):
    """A produce that waits for the disk, a fetch that waits for records, and others that do not."""
    create_topic(server, name)
    with Connection(server) as connection:
        sent = []
        for round_number in range(20):
            sent.append(connection.send(PRODUCE, 7, produce_body(name, 0, batch([b"x"]))))
            sent.append(connection.send(METADATA, 1, array([])))
            beyond = fetch_body([(name, 0, round_number + 1)], 20, 1, 1 << 20, 1 << 20)
            sent.append(connection.send(FETCH, 5, beyond))
        assert [connection.receive()[0] for _ in sent] == sent


def test_parked_fetch_of_a_deleted_topic_is_answered(server, name):
    admin = create_topic(server, name)
    with Connection(server) as connection:
        connection.send(FETCH, 5, fetch_body([(name, 0, 0)], 3000, 1, 1 << 20, 1 << 20))
        admin.delete_topics([name])[name].result(10)
        _, reader = connection.receive()
        assert parse_fetch(reader)[name, 0][0] in (NONE, UNKNOWN_TOPIC_OR_PARTITION)
        assert connection.fetch(name, 0, 0)[0] == UNKNOWN_TOPIC_OR_PARTITION
