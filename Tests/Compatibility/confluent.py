"""What the tests with confluent-kafka (librdkafka) have in common."""

import time

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

POLL_SECONDS = 20
# A killed server is part of the tests: what librdkafka says of it is not news.
QUIET = {"log_level": 0}


def admin_client(server):
    return AdminClient({"bootstrap.servers": server.address} | QUIET)


def create_topic(server, topic, partitions=1, config=None):
    admin = admin_client(server)
    admin.create_topics([NewTopic(topic, partitions, 1, config=config or {})])[topic].result(10)
    return admin


def producer(server, **options):
    return Producer({"bootstrap.servers": server.address} | QUIET | dotted(options))


def consumer(server, group, **options):
    defaults = {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    return Consumer({"bootstrap.servers": server.address} | QUIET | defaults | dotted(options))


def dotted(options):
    return {key if key == "error_cb" else key.replace("_", "."): value for key, value in options.items()}


def produce(server, topic, values, partition=0, **options):
    """Produces and waits; the offsets in the order of the values."""
    offsets = {}

    def delivered(index):
        def report(error, message):
            assert error is None, error
            offsets[index] = message.offset()

        return report

    client = producer(server, **options)
    values = list(values)
    for index, value in enumerate(values):
        while True:
            try:
                client.produce(topic, value, partition=partition, on_delivery=delivered(index))
                break
            except BufferError:
                client.poll(0.05)
        client.poll(0)
    assert client.flush(30) == 0
    return [offsets[i] for i in range(len(values))]


def take(client, count, seconds=POLL_SECONDS):
    """Polls until so many messages are there."""
    messages, deadline = [], time.monotonic() + seconds
    while len(messages) < count:
        assert time.monotonic() < deadline, f"{len(messages)} of {count} messages after {seconds} s"
        message = client.poll(0.2)
        if message is None:
            continue
        if message.error():
            # A topic just made may not be known to the client yet.
            assert message.error().code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._ALL_BROKERS_DOWN), message.error()
            continue
        messages.append(message)
    return messages


def read_partition(server, topic, count, partition=0, offset=0, **options):
    client = consumer(server, "reader", **options)
    client.assign([TopicPartition(topic, partition, offset)])
    messages = take(client, count)
    client.close()
    return messages
