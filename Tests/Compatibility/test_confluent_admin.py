"""confluent-kafka's AdminClient: all that is served."""

import pytest
from confluent_kafka import (
    ConsumerGroupState, ConsumerGroupTopicPartitions, IsolationLevel, KafkaError, KafkaException, TopicCollection,
    TopicPartition)
from confluent_kafka.admin import (
    AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource, NewPartitions, NewTopic, OffsetSpec, ResourceType)

from confluent import admin_client, consumer, create_topic, produce, producer, read_partition, take


def error_of(future):
    with pytest.raises(KafkaException) as refused:
        future.result(10)
    return refused.value.args[0].code()


def topic_resource(topic, **entries):
    resource = ConfigResource(ResourceType.TOPIC, topic)
    for key, value in entries.items():
        resource.set_config(key.replace("_", "."), value)
    return resource


def settings(admin, topic):
    resource = topic_resource(topic)
    return admin.describe_configs([resource])[resource].result(10)


# -- Topics and partitions


def test_create_describe_delete(server, name):
    admin = create_topic(server, name, 3)
    description = admin.describe_topics(TopicCollection([name]))[name].result(10)
    assert [p.id for p in description.partitions] == [0, 1, 2] and not description.is_internal
    assert name in admin.list_topics(timeout=10).topics
    assert error_of(admin.create_topics([NewTopic(name, 3)])[name]) == KafkaError.TOPIC_ALREADY_EXISTS
    admin.delete_topics([name])[name].result(10)
    assert name not in admin.list_topics(timeout=10).topics
    assert error_of(admin.delete_topics([name])[name]) == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_a_topic_made_again_is_empty(server, name):
    admin = create_topic(server, name)
    produce(server, name, [b"old"] * 5)
    admin.delete_topics([name])[name].result(10)
    create_topic(server, name)
    assert produce(server, name, [b"new"]) == [0]
    assert read_partition(server, name, 1)[0].value() == b"new"


@pytest.mark.parametrize(
    "topic, partitions, factor, config, code",
    [
        ("bad/name", 1, 1, {}, KafkaError.TOPIC_EXCEPTION),
        ("..", 1, 1, {}, KafkaError.TOPIC_EXCEPTION),
        ("x" * 250, 1, 1, {}, KafkaError.TOPIC_EXCEPTION),
        ("p", 0, 1, {}, KafkaError.INVALID_PARTITIONS),
        ("r", 1, 3, {}, KafkaError.INVALID_REPLICATION_FACTOR),
        ("c", 1, 1, {"no.such.setting": "1"}, KafkaError.INVALID_CONFIG),
        ("c", 1, 1, {"retention.ms": "soon"}, KafkaError.INVALID_CONFIG),
        ("c", 1, 1, {"cleanup.policy": "shred"}, KafkaError.INVALID_CONFIG),
    ],
)
def test_refused_topics(server, name, topic, partitions, factor, config, code):
    topic = topic if not topic.isalpha() or len(topic) > 1 else f"{name}-{topic}"
    admin = admin_client(server)
    assert error_of(admin.create_topics([NewTopic(topic, partitions, factor, config=config)])[topic]) == code
    assert topic not in admin.list_topics(timeout=10).topics


def test_one_bad_topic_does_not_stop_the_others(server, name):
    admin = admin_client(server)
    created = admin.create_topics([NewTopic(name, 1), NewTopic("bad/name", 1), NewTopic(f"{name}-2", 2)])
    created[name].result(10)
    created[f"{name}-2"].result(10)
    assert error_of(created["bad/name"]) == KafkaError.TOPIC_EXCEPTION


def test_validate_only_creates_nothing(server, name):
    admin = admin_client(server)
    admin.create_topics([NewTopic(name, 1)], validate_only=True)[name].result(10)
    assert name not in admin.list_topics(timeout=10).topics


def test_default_partition_count(make_server, name):
    server = make_server({"kafka.default-partitions": 4})
    admin = create_topic(server, name, -1)
    assert len(admin.list_topics(name, timeout=10).topics[name].partitions) == 4


def test_auto_creation_can_be_switched_off(make_server, name):
    server = make_server({"kafka.auto-create-topics": "false"})
    errors = []
    client = producer(server, message_timeout_ms=3000, topic_metadata_propagation_max_ms=500)
    client.produce(name, b"v", on_delivery=lambda error, _: errors.append(error.code()))
    client.flush(10)
    assert errors in ([KafkaError._UNKNOWN_TOPIC], [KafkaError.UNKNOWN_TOPIC_OR_PART])


def test_more_partitions(server, name):
    admin = create_topic(server, name, 2)
    admin.create_partitions([NewPartitions(name, 5)])[name].result(10)
    assert len(admin.list_topics(name, timeout=10).topics[name].partitions) == 5
    assert produce(server, name, [b"v"], 4) == [0]
    assert error_of(admin.create_partitions([NewPartitions(name, 3)])[name]) == KafkaError.INVALID_PARTITIONS
    missing = f"{name}-missing"
    assert error_of(admin.create_partitions([NewPartitions(missing, 3)])[missing]) == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_cluster(server):
    admin = admin_client(server)
    cluster = admin.describe_cluster().result(10)
    assert cluster.cluster_id and len(cluster.nodes) == 1
    assert cluster.controller.id == cluster.nodes[0].id
    assert admin.list_topics(timeout=10).cluster_id == cluster.cluster_id


# -- Configurations


def test_describe_topic_config_names_every_key_with_its_default(server, name):
    admin = create_topic(server, name, config={"retention.ms": "86400000"})
    found = settings(admin, name)
    expected = {
        "cleanup.policy": "delete", "compression.type": "producer", "max.message.bytes": "1048588",
        "message.timestamp.type": "CreateTime", "min.insync.replicas": "1", "retention.bytes": "-1",
        "segment.bytes": "1073741824", "segment.ms": "604800000", "delete.retention.ms": "86400000",
        "min.compaction.lag.ms": "0", "min.cleanable.dirty.ratio": "0.5", "index.interval.bytes": "4096",
    }
    assert {key: found[key].value for key in expected if key in found} == expected
    assert found["retention.ms"].value == "86400000" and not found["retention.ms"].is_default
    assert found["segment.ms"].is_default


def test_broker_config(server):
    admin = admin_client(server)
    node = admin.describe_cluster().result(10).nodes[0].id
    resource = ConfigResource(ResourceType.BROKER, str(node))
    found = admin.describe_configs([resource])[resource].result(10)
    assert "log.retention.ms" in found or "log.retention.hours" in found
    assert "num.partitions" in found and "auto.create.topics.enable" in found


def test_broker_config_shows_what_the_server_was_started_with(make_server, name):
    server = make_server({"log.retention": "3d", "node.id": 5, "group.session-timeout-min": "1s"})
    admin = create_topic(server, name)
    broker = ConfigResource(ResourceType.BROKER, "5")
    found = admin.describe_configs([broker])[broker].result(10)
    expected = {
        "log.retention.ms": "259200000", "broker.id": "5", "node.id": "5", "group.min.session.timeout.ms": "1000",
        "listeners": f"PLAINTEXT://{server.address}", "advertised.listeners": f"PLAINTEXT://{server.address}",
        "log.dirs": f"{server.data}/logs",
    }
    assert {key: found[key].value for key in expected} == expected
    assert {found[key].source for key in expected} == {ConfigSource.STATIC_BROKER_CONFIG.value}
    for untouched in ("log.segment.bytes", "num.partitions", "group.initial.rebalance.delay.ms"):
        assert found[untouched].source == ConfigSource.DEFAULT_CONFIG.value, untouched
    inherited = settings(admin, name)["retention.ms"]
    assert (inherited.value, inherited.source) == ("259200000", ConfigSource.STATIC_BROKER_CONFIG.value)
    assert "log.retention.ms" in inherited.synonyms


def test_describe_config_of_a_missing_topic(server, name):
    admin = admin_client(server)
    resource = topic_resource(name)
    assert error_of(admin.describe_configs([resource])[resource]) == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_incremental_alter(server, name):
    admin = create_topic(server, name, config={"retention.ms": "1000", "cleanup.policy": "delete"})

    def alter(key, value, operation):
        resource = ConfigResource(
            ResourceType.TOPIC, name,
            incremental_configs=[ConfigEntry(key, value, incremental_operation=operation)])
        return admin.incremental_alter_configs([resource])[resource]

    alter("segment.ms", "60000", AlterConfigOpType.SET).result(10)
    found = settings(admin, name)
    assert (found["segment.ms"].value, found["retention.ms"].value) == ("60000", "1000")
    alter("cleanup.policy", "compact", AlterConfigOpType.APPEND).result(10)
    assert sorted(settings(admin, name)["cleanup.policy"].value.split(",")) == ["compact", "delete"]
    alter("cleanup.policy", "delete", AlterConfigOpType.SUBTRACT).result(10)
    assert settings(admin, name)["cleanup.policy"].value == "compact"
    alter("retention.ms", None, AlterConfigOpType.DELETE).result(10)
    assert settings(admin, name)["retention.ms"].value == "604800000"
    assert error_of(alter("retention.ms", "soon", AlterConfigOpType.SET)) == KafkaError.INVALID_CONFIG
    assert settings(admin, name)["retention.ms"].value == "604800000"


def test_alter_replaces_all_settings(server, name):
    admin = create_topic(server, name, config={"retention.ms": "1000"})
    resource = topic_resource(name, segment_ms="60000")
    admin.alter_configs([resource])[resource].result(10)
    found = settings(admin, name)
    assert (found["segment.ms"].value, found["retention.ms"].value) == ("60000", "604800000")


def test_altered_setting_takes_effect_and_survives_kill(make_server, name):
    server = make_server()
    admin = create_topic(server, name)
    resource = topic_resource(name, max_message_bytes="3000000")
    admin.alter_configs([resource])[resource].result(10)
    assert produce(server, name, [b"x" * 2_000_000], message_max_bytes=4_000_000) == [0]
    server.restart_after_kill()
    admin = admin_client(server)
    assert settings(admin, name)["max.message.bytes"].value == "3000000"
    assert produce(server, name, [b"x" * 2_000_000], message_max_bytes=4_000_000) == [1]


# -- Offsets and records


def test_list_offsets(server, name):
    create_topic(server, name)
    client = producer(server)
    for i, timestamp in enumerate([1000, 5000, 3000]):
        client.produce(name, b"%d" % i, timestamp=1_600_000_000_000 + timestamp)
        client.flush(10)
    admin, partition = admin_client(server), TopicPartition(name, 0)

    def offset(spec):
        return admin.list_offsets({partition: spec}, isolation_level=IsolationLevel.READ_UNCOMMITTED)[
            partition].result(10)

    assert offset(OffsetSpec.earliest()).offset == 0
    assert offset(OffsetSpec.latest()).offset == 3
    newest = offset(OffsetSpec.max_timestamp())
    assert (newest.offset, newest.timestamp) == (1, 1_600_000_005_000)
    assert offset(OffsetSpec.for_timestamp(1_600_000_002_000)).offset == 1
    assert offset(OffsetSpec.for_timestamp(1_600_000_005_001)).offset == -1


def test_delete_records(server, name):
    admin = create_topic(server, name)
    produce(server, name, [b"%d" % i for i in range(100)])
    deleted = admin.delete_records([TopicPartition(name, 0, 40)])[TopicPartition(name, 0, 40)].result(10)
    assert deleted.low_watermark == 40
    assert consumer(server, name).get_watermark_offsets(TopicPartition(name, 0), timeout=10) == (40, 100)
    assert read_partition(server, name, 60)[0].value() == b"40"
    beyond = TopicPartition(name, 0, 1000)
    assert error_of(admin.delete_records([beyond])[beyond]) == KafkaError.OFFSET_OUT_OF_RANGE
    everything = TopicPartition(name, 0, -1)
    assert admin.delete_records([everything])[everything].result(10).low_watermark == 100


def test_deleted_records_stay_deleted_after_kill(make_server, name):
    server = make_server()
    admin = create_topic(server, name)
    produce(server, name, [b"%d" % i for i in range(10)])
    wanted = TopicPartition(name, 0, 4)
    admin.delete_records([wanted])[wanted].result(10)
    server.restart_after_kill()
    assert consumer(server, name).get_watermark_offsets(TopicPartition(name, 0), timeout=10) == (4, 10)


# -- Groups


@pytest.fixture
def group(server, name):
    """A topic of ten records and a group that has read them, with its one member."""
    create_topic(server, name)
    produce(server, name, [b"x"] * 10)
    client = consumer(server, f"{name}-group", client_id="reader")
    client.subscribe([name])
    take(client, 10)
    client.commit(asynchronous=False)
    yield f"{name}-group", client
    client.close()


def test_list_and_describe_groups(server, name, group):
    group_id, client = group
    admin = admin_client(server)
    listed = {g.group_id: g for g in admin.list_consumer_groups().result(10).valid}
    assert listed[group_id].state == ConsumerGroupState.STABLE
    only_empty = admin.list_consumer_groups(states={ConsumerGroupState.EMPTY}).result(10).valid
    assert group_id not in [g.group_id for g in only_empty]
    description = admin.describe_consumer_groups([group_id])[group_id].result(10)
    assert description.partition_assignor == "range"
    (member,) = description.members
    assert member.client_id == "reader" and member.host.endswith("127.0.0.1")
    assert member.assignment.topic_partitions == [TopicPartition(name, 0)]


def test_group_offsets(server, name, group):
    group_id, client = group
    admin = admin_client(server)

    def offset():
        listed = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group_id)])[group_id].result(10)
        return [p.offset for p in listed.topic_partitions if p.topic == name]

    assert offset() == [10]
    wanted = ConsumerGroupTopicPartitions(group_id, [TopicPartition(name, 0, 3)])
    refused = admin.alter_consumer_group_offsets([wanted])[group_id]
    with pytest.raises(KafkaException):
        result = refused.result(10)
        raise KafkaException(result.topic_partitions[0].error)
    client.close()
    admin.alter_consumer_group_offsets([wanted])[group_id].result(10)
    assert offset() == [3]


def test_delete_groups(server, group):
    group_id, client = group
    admin = admin_client(server)
    assert error_of(admin.delete_consumer_groups([group_id])[group_id]) == KafkaError.NON_EMPTY_GROUP
    client.close()
    admin.delete_consumer_groups([group_id])[group_id].result(10)
    assert group_id not in [g.group_id for g in admin.list_consumer_groups().result(10).valid]
    assert error_of(admin.delete_consumer_groups([group_id])[group_id]) == KafkaError.GROUP_ID_NOT_FOUND


def test_describe_a_group_that_does_not_exist(server, name):
    admin = admin_client(server)
    description = admin.describe_consumer_groups([name])[name].result(10)
    assert description.state == ConsumerGroupState.DEAD and not description.members
