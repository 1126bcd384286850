"""confluent-kafka (librdkafka 2.16): records and positions."""

import time

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from confluent import consumer, create_topic, produce, producer, read_partition, take


def test_produce_and_consume(server, name):
    create_topic(server, name, 3)
    for partition in range(3):
        assert produce(server, name, (b"%d" % i for i in range(500)), partition) == list(range(500))
    for partition in range(3):
        messages = read_partition(server, name, 500, partition)
        assert [(m.offset(), m.value()) for m in messages] == [(i, b"%d" % i) for i in range(500)]


def test_headers_key_null_value_and_timestamp(server, name):
    client = producer(server)
    headers = [("a", b"1"), ("a", b"2"), ("empty", b""), ("null", None)]
    client.produce(name, key=b"k", value=None, headers=headers, timestamp=1_500_000_000_123, partition=0)
    assert client.flush(20) == 0
    (message,) = read_partition(server, name, 1)
    assert message.key() == b"k" and message.value() is None
    assert message.headers() == headers
    assert message.timestamp() == (1, 1_500_000_000_123)


@pytest.mark.parametrize("acks", ["0", "1", "all"])
def test_acknowledgements(server, name, acks):
    create_topic(server, name)
    produce(server, name, [b"a", b"b"], acks=acks)
    assert [m.value() for m in read_partition(server, name, 2)] == [b"a", b"b"]


def test_idempotent_producer_with_five_in_flight(server, name):
    """Small batches, five requests under way: every sequence in order, nothing twice."""
    create_topic(server, name, 2)
    offsets = produce(
        server, name, (b"%d" % i for i in range(20_000)), 1, enable_idempotence=True, max_in_flight=5,
        batch_num_messages=50, linger_ms=0)
    assert offsets == list(range(20_000))
    values = [m.value() for m in read_partition(server, name, 20_000, 1)]
    assert values == [b"%d" % i for i in range(20_000)]


def test_transactions_are_refused_promptly(server, name):
    """Until transactions are served: Kafka's own error, at once, and no hanging."""
    client = producer(server, transactional_id=name)
    started = time.monotonic()
    with pytest.raises(KafkaException) as refused:
        client.init_transactions(15)
    assert time.monotonic() - started < 10, "init_transactions hung"
    error = refused.value.args[0]
    assert error.code() == KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED and error.fatal()


def test_message_too_large(server, name):
    create_topic(server, name)
    errors = []
    client = producer(server, message_max_bytes=4_000_000)
    client.produce(name, b"x" * 2_000_000, on_delivery=lambda error, _: errors.append(error))
    assert client.flush(20) == 0
    assert errors[0].code() == KafkaError.MSG_SIZE_TOO_LARGE
    assert produce(server, name, [b"small"]) == [0]


def test_message_size_is_the_topics_setting(server, name):
    create_topic(server, name, config={"max.message.bytes": "3000000"})
    assert produce(server, name, [b"x" * 2_000_000], message_max_bytes=4_000_000) == [0]
    assert len(read_partition(server, name, 1)[0].value()) == 2_000_000


def test_auto_created_topic(server, name):
    assert produce(server, name, [b"v"]) == [0]
    strict = consumer(server, name)
    assert name in strict.list_topics(timeout=10).topics
    missing = strict.list_topics(f"{name}-missing", timeout=10).topics[f"{name}-missing"]
    assert missing.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART, "a consumer's metadata made a topic"


def test_positions_and_times(server, name):
    create_topic(server, name)
    client = producer(server)
    for i in range(100):
        client.produce(name, b"%d" % i, timestamp=1_600_000_000_000 + 1000 * i)
    assert client.flush(20) == 0
    reader = consumer(server, name)
    assert reader.get_watermark_offsets(TopicPartition(name, 0), timeout=10) == (0, 100)
    found = reader.offsets_for_times(
        [TopicPartition(name, 0, 1_600_000_041_001)], timeout=10)[0].offset
    assert found == 42
    reader.assign([TopicPartition(name, 0, 42)])
    assert take(reader, 1)[0].value() == b"42"
    reader.seek(TopicPartition(name, 0, 7))
    assert take(reader, 1)[0].value() == b"7"


def test_offset_out_of_range_resets(server, name):
    produce(server, name, [b"a", b"b"])
    reader = consumer(server, name, auto_offset_reset="earliest")
    reader.assign([TopicPartition(name, 0, 1_000_000)])
    assert take(reader, 1)[0].offset() == 0
    strict = consumer(server, name, auto_offset_reset="error")
    strict.assign([TopicPartition(name, 0, 1_000_000)])
    deadline = time.monotonic() + 10
    while (message := strict.poll(0.2)) is None:
        assert time.monotonic() < deadline
    assert message.error().code() == KafkaError._AUTO_OFFSET_RESET


def test_end_of_partition(server, name):
    produce(server, name, [b"a"])
    reader = consumer(server, name, enable_partition_eof=True)
    reader.assign([TopicPartition(name, 0, 0)])
    deadline, seen = time.monotonic() + 10, []
    while len(seen) < 2:
        assert time.monotonic() < deadline
        message = reader.poll(0.2)
        if message is not None:
            seen.append(message.error().code() if message.error() else message.value())
    assert seen == [b"a", KafkaError._PARTITION_EOF]


def test_read_committed_consumer_sees_plain_records(server, name):
    produce(server, name, [b"a"])
    assert read_partition(server, name, 1, isolation_level="read_committed")[0].value() == b"a"
    assert read_partition(server, name, 1, isolation_level="read_uncommitted")[0].value() == b"a"
