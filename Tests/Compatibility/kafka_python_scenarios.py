"""Stories for kafka-python, run as a program of its own under each of its versions (both are the module `kafka`):

    python kafka_python_scenarios.py NAME ADDRESS TOPIC

A story ends with exit code 0, or with the trace of what went wrong.
"""

import sys
import threading
import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition, __version__
from kafka import errors
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic
from kafka.structs import OffsetAndMetadata

SCENARIOS = {}
IS_NEWEST = not __version__.startswith("2.")
POLL_SECONDS = 20


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


def admin_client(address):
    return KafkaAdminClient(bootstrap_servers=address)


def create(address, topic, partitions=1, configs=None):
    admin = admin_client(address)
    admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=configs or {})])
    admin.close()


def reader(address, **options):
    options.setdefault("auto_offset_reset", "earliest")
    # Version 3 forgets to ask for a topic that is subscribed to while its first metadata arrives; it asks again here.
    return KafkaConsumer(bootstrap_servers=address, metadata_max_age_ms=1000, **options)


def take(consumer, count, seconds=POLL_SECONDS):
    """Polls until so many records are there."""
    records, deadline = [], time.monotonic() + seconds
    while len(records) < count:
        assert time.monotonic() < deadline, f"{len(records)} of {count} records after {seconds} s"
        for batch in consumer.poll(timeout_ms=500).values():
            records += batch
    return records


def assigned(address, partitions, **options):
    consumer = reader(address, **options)
    consumer.assign(partitions)
    return consumer


def offset_and_metadata(offset, metadata=""):
    return OffsetAndMetadata(offset, metadata, -1) if IS_NEWEST else OffsetAndMetadata(offset, metadata)


def produce_numbers(address, topic, count, partition=0, **options):
    producer = KafkaProducer(bootstrap_servers=address, **options)
    sent = [producer.send(topic, b"%d" % i, partition=partition) for i in range(count)]
    producer.flush(20)
    answers = [future.get(10) for future in sent]
    producer.close()
    return answers


# -- Records


@scenario
def produce_and_consume(address, topic):
    create(address, topic, 3)
    answers = [produce_numbers(address, topic, 200, p) for p in range(3)]
    for p in range(3):
        assert [a.offset for a in answers[p]] == list(range(200))
    consumer = assigned(address, [TopicPartition(topic, p) for p in range(3)])
    records = take(consumer, 600)
    for p in range(3):
        mine = [(r.offset, r.value) for r in records if r.partition == p]
        assert mine == [(i, b"%d" % i) for i in range(200)]
    consumer.close()


@scenario
def acknowledgements(address, topic):
    create(address, topic)
    produce_numbers(address, topic, 5, acks="all")
    produce_numbers(address, topic, 5, acks=1, **({"enable_idempotence": False} if IS_NEWEST else {}))
    producer = KafkaProducer(
        bootstrap_servers=address, acks=0, **({"enable_idempotence": False} if IS_NEWEST else {}))
    for i in range(5):
        producer.send(topic, b"%d" % i, partition=0)
    producer.flush(10)
    producer.close()
    records = take(assigned(address, [TopicPartition(topic, 0)]), 15)
    assert [r.value for r in records] == [b"%d" % i for i in range(5)] * 3


@scenario
def headers_keys_nulls_and_timestamps(address, topic):
    create(address, topic)
    producer = KafkaProducer(bootstrap_servers=address)
    headers = [("a", b"1"), ("a", b"2"), ("empty", b"")]
    producer.send(topic, key=b"k", value=b"v", headers=headers, timestamp_ms=1_500_000_000_123)
    producer.send(topic, key=b"k", value=None)
    producer.flush(10)
    first, second = take(assigned(address, [TopicPartition(topic, 0)]), 2)
    assert (first.key, first.value, first.timestamp) == (b"k", b"v", 1_500_000_000_123)
    assert [tuple(h) for h in first.headers] == headers
    assert first.timestamp_type == 0
    assert second.value is None


@scenario
def log_append_time(address, topic):
    create(address, topic, configs={"message.timestamp.type": "LogAppendTime"})
    before = int(time.time() * 1000)
    producer = KafkaProducer(bootstrap_servers=address)
    sent = producer.send(topic, b"v", timestamp_ms=1000).get(10)
    assert before - 1 <= sent.timestamp <= time.time() * 1000 + 1
    (record,) = take(assigned(address, [TopicPartition(topic, 0)]), 1)
    assert record.timestamp == sent.timestamp and record.timestamp_type == 1


@scenario
def message_too_large(address, topic):
    create(address, topic)
    producer = KafkaProducer(bootstrap_servers=address, max_request_size=8_000_000)
    try:
        producer.send(topic, b"x" * 2_000_000).get(10)
        raise AssertionError("2 MB taken although max.message.bytes is 1 MiB")
    except errors.MessageSizeTooLargeError:
        pass
    # A new producer: the idempotent one of version 3 counts this error as its end.
    assert produce_numbers(address, topic, 1)[0].offset == 0


@scenario
def auto_created_topic(address, topic):
    producer = KafkaProducer(bootstrap_servers=address)
    assert producer.send(topic, b"v").get(20).offset == 0
    assert topic in reader(address).topics()


# -- Positions


@scenario
def seek_and_positions(address, topic):
    create(address, topic)
    produce_numbers(address, topic, 100)
    partition = TopicPartition(topic, 0)
    consumer = assigned(address, [partition])
    consumer.seek(partition, 42)
    assert take(consumer, 1)[0].offset == 42
    consumer.seek_to_beginning(partition)
    assert consumer.position(partition) == 0
    consumer.seek_to_end(partition)
    assert consumer.position(partition) == 100
    assert consumer.beginning_offsets([partition]) == {partition: 0}
    assert consumer.end_offsets([partition]) == {partition: 100}


@scenario
def offsets_for_times(address, topic):
    create(address, topic)
    producer = KafkaProducer(bootstrap_servers=address)
    for i in range(10):
        producer.send(topic, b"%d" % i, partition=0, timestamp_ms=1_600_000_000_000 + i * 1000)
        producer.flush(10)
    partition = TopicPartition(topic, 0)
    consumer = assigned(address, [partition])
    found = consumer.offsets_for_times({partition: 1_600_000_004_500})[partition]
    assert (found.offset, found.timestamp) == (5, 1_600_000_005_000)
    exact = consumer.offsets_for_times({partition: 1_600_000_009_000})[partition]
    assert (exact.offset, exact.timestamp) == (9, 1_600_000_009_000)
    assert consumer.offsets_for_times({partition: 1_600_000_009_001})[partition] is None


@scenario
def offsets_for_times_inside_a_compressed_batch(address, topic):
    create(address, topic)
    producer = KafkaProducer(bootstrap_servers=address, compression_type="gzip", linger_ms=200, batch_size=1 << 20)
    for i in range(50):
        producer.send(topic, b"%d" % i, partition=0, timestamp_ms=1_600_000_000_000 + i * 1000)
    producer.flush(10)
    partition = TopicPartition(topic, 0)
    consumer = assigned(address, [partition])
    found = consumer.offsets_for_times({partition: 1_600_000_020_001})[partition]
    assert (found.offset, found.timestamp) == (21, 1_600_000_021_000)
    consumer.seek(partition, 21)
    assert take(consumer, 29)[0].value == b"21"


@scenario
def offset_out_of_range_resets(address, topic):
    create(address, topic)
    produce_numbers(address, topic, 10)
    partition = TopicPartition(topic, 0)
    consumer = assigned(address, [partition], auto_offset_reset="earliest")
    consumer.seek(partition, 5000)
    assert take(consumer, 10)[0].offset == 0
    strict = assigned(address, [partition], auto_offset_reset="none")
    strict.seek(partition, 5000)
    try:
        deadline = time.monotonic() + POLL_SECONDS
        while time.monotonic() < deadline:
            strict.poll(timeout_ms=200)
        raise AssertionError("no OffsetOutOfRangeError")
    except errors.OffsetOutOfRangeError:
        pass


# -- Groups


@scenario
def group_commits_and_resumes(address, topic):
    create(address, topic, 2)
    for p in range(2):
        produce_numbers(address, topic, 50, p)
    group = topic + "-group"
    first = reader(address, group_id=group, enable_auto_commit=False)
    first.subscribe([topic])
    take(first, 100)
    partition = TopicPartition(topic, 0)
    first.commit({partition: offset_and_metadata(20, "by hand"), TopicPartition(topic, 1): offset_and_metadata(50)})
    assert first.committed(partition) == 20
    first.close(**({"autocommit": False} if not IS_NEWEST else {}))
    second = reader(address, group_id=group, enable_auto_commit=False)
    second.subscribe([topic])
    records = take(second, 30)
    assert [r.offset for r in records] == list(range(20, 50))
    assert second.committed(partition, metadata=True).metadata == "by hand"
    second.close()


class Member(threading.Thread):
    """A consumer polled by a thread of its own: a poll may wait for the other members."""

    def __init__(self, address, group, topic):
        super().__init__(daemon=True)
        self.consumer = reader(address, group_id=group, heartbeat_interval_ms=300, session_timeout_ms=6000)
        self.consumer.subscribe([topic])
        self.owned = set()
        self.is_wanted = True
        self.start()

    def run(self):
        while self.is_wanted:
            # Version 3.0.12 may lose the answer to a join when the poll that sent it times out before it comes.
            self.consumer.poll(timeout_ms=1000)
            self.owned = set(self.consumer.assignment())
        self.consumer.close()


def wait_until(check, seconds=30):
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.05)


@scenario
def two_members_share_the_partitions(address, topic):
    create(address, topic, 4)
    members = [Member(address, topic + "-group", topic) for _ in range(2)]
    wait_until(lambda: [len(m.owned) for m in members] == [2, 2] and not members[0].owned & members[1].owned)
    members[0].is_wanted = False
    wait_until(lambda: len(members[1].owned) == 4)
    members[1].is_wanted = False
    for member in members:
        member.join(10)


# -- Administration


@scenario
def admin_topics(address, topic):
    admin = admin_client(address)
    admin.create_topics([NewTopic(topic, 3, 1)])
    assert topic in admin.list_topics()
    (description,) = admin.describe_topics([topic])
    assert len(description["partitions"]) == 3
    try:
        admin.create_topics([NewTopic(topic, 3, 1)])
        raise AssertionError("created twice")
    except errors.TopicAlreadyExistsError:
        pass
    for name, partitions, replicas, error in [
        ("bad/name", 1, 1, errors.InvalidTopicError),
        (topic + "-r", 1, 3, errors.InvalidReplicationFactorError),
        (topic + "-p", 0, 1, errors.InvalidPartitionsError),
    ]:
        try:
            admin.create_topics([NewTopic(name, partitions, replicas)])
            raise AssertionError(f"created {name}")
        except error:
            pass
    admin.create_partitions({topic: NewPartitions(5)})
    assert len(admin.describe_topics([topic])[0]["partitions"]) == 5
    try:
        admin.create_partitions({topic: NewPartitions(2)})
        raise AssertionError("fewer partitions")
    except errors.InvalidPartitionsError:
        pass
    admin.delete_topics([topic])
    assert topic not in admin.list_topics()
    try:
        admin.delete_topics([topic])
        raise AssertionError("deleted twice")
    except errors.UnknownTopicOrPartitionError:
        pass
    cluster = admin.describe_cluster()
    assert len(cluster["brokers"]) == 1 and cluster["cluster_id"]


def described(admin, topic):
    """The settings of a topic by name, whichever shape this version gives them."""
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    if IS_NEWEST:
        found = admin.describe_configs([resource], config_filter="all")
        (entries,) = [e for kind in found.values() for name, e in kind.items() if name == topic]
        return {name: entry["value"] for name, entry in entries.items()}
    (response,) = admin.describe_configs([resource])
    ((error, _, _, _, entries),) = response.resources
    assert error == 0
    return {entry[0]: entry[1] for entry in entries}


@scenario
def admin_configs(address, topic):
    create(address, topic, configs={"retention.ms": "123456"})
    admin = admin_client(address)
    settings = described(admin, topic)
    assert settings["retention.ms"] == "123456"
    assert settings["cleanup.policy"] == "delete" and settings["max.message.bytes"] == "1048588"
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={"cleanup.policy": "compact"})])
    assert described(admin, topic)["cleanup.policy"] == "compact"


@scenario
def admin_groups(address, topic):
    create(address, topic)
    produce_numbers(address, topic, 10)
    group = topic + "-group"
    consumer = reader(address, group_id=group, enable_auto_commit=False)
    consumer.subscribe([topic])
    take(consumer, 10)
    consumer.commit()
    admin = admin_client(address)
    partition = TopicPartition(topic, 0)
    if IS_NEWEST:
        assert group in [g["group_id"] for g in admin.list_groups()]
        described_group = admin.describe_groups([group])[group]
        assert described_group["group_state"] == "Stable" and len(described_group["members"]) == 1
        assert admin.list_group_offsets(group)[group][partition].offset == 10
        assert admin.delete_groups([group])[group] == "NonEmptyGroupError"
        consumer.close()
        assert admin.delete_groups([group])[group] == "OK"
        assert group not in [g["group_id"] for g in admin.list_groups()]
        assert admin.delete_groups([group])[group] == "GroupIdNotFoundError"
    else:
        assert (group, "consumer") in admin.list_consumer_groups()
        (described_group,) = admin.describe_consumer_groups([group])
        assert described_group.state == "Stable" and len(described_group.members) == 1
        assert admin.list_consumer_group_offsets(group)[partition].offset == 10
        assert admin.delete_consumer_groups([group])[0][1] is errors.NonEmptyGroupError
        consumer.close()
        assert admin.delete_consumer_groups([group])[0][1] is errors.NoError
        assert group not in [name for name, _ in admin.list_consumer_groups()]


@scenario
def admin_of_the_newest_version(address, topic):
    """What only 3.x can ask: offsets of partitions and groups, deleted records."""
    create(address, topic)
    produce_numbers(address, topic, 10)
    admin = admin_client(address)
    partition, group = TopicPartition(topic, 0), topic + "-group"
    low = admin.delete_records({partition: 4})[partition]
    assert low == 4 or low["low_watermark"] == 4, low
    assert take(assigned(address, [partition]), 6)[0].offset == 4
    altered = admin.alter_group_offsets(group, {partition: offset_and_metadata(7, "set")})
    assert altered[partition] is errors.NoError
    assert admin.list_group_offsets(group)[group][partition].offset == 7
    deleted = admin.delete_group_offsets(group, [partition])
    assert deleted[partition] is errors.NoError
    assert not admin.list_group_offsets(group).get(group)


@scenario
def idempotent_producer_of_the_newest_version(address, topic):
    create(address, topic)
    answers = produce_numbers(address, topic, 1000, enable_idempotence=True, acks="all", linger_ms=1)
    assert [a.offset for a in answers] == list(range(1000))


# -- Codecs: the test writes with one client and reads with another


@scenario
def write_codec(address, topic, codec, partition):
    producer = KafkaProducer(
        bootstrap_servers=address, compression_type=None if codec == "none" else codec, linger_ms=100)
    for i in range(100):
        producer.send(topic, b"%d %s" % (i, b"z" * 100), key=b"%d" % i, partition=int(partition))
    producer.flush(20)


@scenario
def read_codec(address, topic, _, partitions):
    wanted = [TopicPartition(topic, p) for p in range(int(partitions))]
    records = take(assigned(address, wanted), 100 * len(wanted))
    for p in range(len(wanted)):
        mine = [(r.key, r.value) for r in records if r.partition == p]
        assert mine == [(b"%d" % i, b"%d %s" % (i, b"z" * 100)) for i in range(100)], f"partition {p}"


if __name__ == "__main__":
    SCENARIOS[sys.argv[1]](*sys.argv[2:])
