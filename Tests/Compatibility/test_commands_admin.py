"""`platform topic` and `platform group` against a server, cross-checked with confluent-kafka."""

import json
import socket
import subprocess
import time

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicCollection, TopicPartition
from confluent_kafka.admin import ConfigResource, ResourceType

from confluent import admin_client, consumer, create_topic, produce, take
from server import BINARY, eventually

COMMAND_SECONDS_MAX = 30
FOR_URLS = str.maketrans("+/", "-_")


class Result:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr
        self.lines = self.out.splitlines()

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def cells(self):
        return [line.split() for line in self.lines]


def run(bootstrap, *arguments, status=0):
    command = [str(BINARY), *map(str, arguments), "--bootstrap", bootstrap]
    result = Result(subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX))
    assert result.status == status, f"{arguments} ended with {result.status}\n{result.out}{result.err}"
    return result


@pytest.fixture
def platform(server):
    return lambda *arguments, status=0: run(server.address, *arguments, status=status)


def settings(admin, topic):
    resource = ConfigResource(ResourceType.TOPIC, topic)
    return {name: entry.value for name, entry in admin.describe_configs([resource])[resource].result(10).items()}


def committed(admin, group):
    offsets = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(10)
    return {p.partition: p.offset for p in offsets.topic_partitions}


def commit(server, group, topic, *offsets):
    """Lets a group have been somewhere, without leaving a member behind."""
    # Named, as a client that is gone answers nothing.
    admin = admin_client(server)
    places = [TopicPartition(topic, p, o) for p, o in enumerate(offsets)]
    admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, places)])[group].result(10)


# -- Topics


def test_create_is_seen_by_other_clients(server, platform, name):
    other = f"{name}-2"
    arguments = ["topic", "create", name, other, "--partitions", 3, "--set", "retention.ms=60000"]
    report = platform(*arguments, "--set", "cleanup.policy=compact,delete", "--json").json
    assert [(t["name"], t["partition_count"], t["replication_factor"], t["is_created"]) for t in report["topics"]] == [
        (name, 3, 1, True), (other, 3, 1, True)]
    admin = admin_client(server)
    described = admin.describe_topics(TopicCollection([name, other]))
    for topic in report["topics"]:
        found = described[topic["name"]].result(10)
        # librdkafka writes ids in plain base64, Kafka's own tools in the form for URLs.
        assert len(found.partitions) == 3 and str(found.topic_id).translate(FOR_URLS) == topic["id"]
        assert settings(admin, topic["name"])["retention.ms"] == "60000"
        assert settings(admin, topic["name"])["cleanup.policy"] == "compact,delete"


def test_create_an_existing_topic(server, platform, name):
    assert platform("topic", "create", name, "--partitions", 1).out == f"Created topic '{name}' with 1 partition.\n"
    # The others are made all the same.
    refused = platform("topic", "create", name, f"{name}-2", "--partitions", 2, status=1)
    assert refused.out == f"Created topic '{name}-2' with 2 partitions.\n"
    assert refused.err.count("\n") == 1 and name in refused.err and "TOPIC_ALREADY_EXISTS" in refused.err
    accepted = platform("topic", "create", name, "--partitions", 5, "--if-not-exists", "--json").json
    assert accepted["topics"][0]["is_created"] is False
    assert len(admin_client(server).list_topics(name, timeout=10).topics[name].partitions) == 1


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--set", "no.such.setting=1"], ["no.such.setting"]),
        (["--set", "retention.ms=soon"], ["retention.ms", "soon"]),
        (["--replication-factor", "3"], ["3"]),
    ],
)
def test_refused_topics_say_why(platform, name, arguments, words):
    refused = platform("topic", "create", name, *arguments, status=1)
    assert refused.out == "" and refused.err.count("\n") == 1
    assert all(word in refused.err for word in [name, *words])
    assert platform("topic", "describe", name, status=1).err.startswith("Error: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", "t", "--partitions", "0"],
        ["create", "t", "--set", "retention.ms"],
        ["create", "t", "--set", "a=1", "--set", "a=2"],
        ["create"],
        ["alter", "t"],
        ["alter", "t", "--set", "a=1", "--unset", "a"],
        ["trim", "t"],
        ["trim", "t", "--all", "--before", "3"],
        ["trim", "t", "--before=-3"],
    ],
)
def test_unclear_arguments_end_with_usage(platform, arguments):
    refused = platform("topic", *arguments, status=64)
    assert refused.err.startswith("Error: ") and "Usage: platform topic" in refused.err


def test_list(server, platform, name):
    create_topic(server, name, 4)
    commit(server, f"{name}-g", name, 0)
    listed = {t["name"]: t for t in platform("topic", "list", "--json").json["topics"]}
    assert listed[name]["partition_count"] == 4 and listed[name]["is_internal"] is False
    assert set(listed) == {t for t in admin_client(server).list_topics(timeout=10).topics if not t.startswith("__")}
    everything = {t["name"]: t for t in platform("topic", "list", "--internal", "--json").json["topics"]}
    assert everything["__consumer_offsets"]["is_internal"] is True
    table = platform("topic", "list").cells
    assert table[0] == ["TOPIC", "PARTITIONS", "REPLICAS"] and [name, "4", "1"] in table


def test_describe(server, platform, name):
    create_topic(server, name, 2, {"retention.ms": "60000"})
    produce(server, name, [b"value"] * 7, 1)
    topic = platform("topic", "describe", name, "--json").json["topics"][0]
    assert topic["settings"] == {"retention.ms": "60000"}
    empty, full = topic["partitions"]
    assert (empty["start_offset"], empty["end_offset"], empty["records"], empty["bytes"]) == (0, 0, 0, 0)
    assert (full["start_offset"], full["end_offset"], full["records"]) == (0, 7, 7) and full["bytes"] > 7 * 5
    assert full["leader"] == full["replicas"][0] == full["in_sync_replicas"][0]
    lines = platform("topic", "describe", name).lines
    assert "settings    retention.ms=60000" in lines
    assert lines[-1].split()[4:7] == ["0", "7", "7"]
    assert len({len(line) for line in lines[-3:]}) == 1, "numbers end in one column"


def test_describe_goes_on_behind_a_name_that_is_none(server, platform, name):
    create_topic(server, name)
    result = platform("topic", "describe", f"{name}-none", name, "--json", status=1)
    assert [t["name"] for t in result.json["topics"]] == [name]
    assert [(e["name"], e["error"]) for e in result.json["errors"]] == [
        (f"{name}-none", "UNKNOWN_TOPIC_OR_PARTITION")]
    assert result.err.count("\n") == 1 and "platform topic list" in result.err
    # Asking does not make it.
    assert f"{name}-none" not in admin_client(server).list_topics(timeout=10).topics


def test_alter(server, platform, name):
    admin = create_topic(server, name, 1, {"retention.ms": "60000"})
    platform("topic", "alter", name, "--partitions", 3, "--set", "segment.bytes=2097152", "--unset", "retention.ms")
    assert len(admin.list_topics(name, timeout=10).topics[name].partitions) == 3
    assert settings(admin, name)["segment.bytes"] == "2097152"
    assert platform("topic", "describe", name, "--json").json["topics"][0]["settings"] == {"segment.bytes": "2097152"}


def test_alter_changes_all_or_nothing(server, platform, name):
    admin = create_topic(server, name, 2)
    before = settings(admin, name)
    for arguments in (["--partitions", 1, "--set", "retention.ms=5"], ["--partitions", 4, "--set", "retention.ms=soon"]):
        refused = platform("topic", "alter", name, *arguments, status=1)
        assert refused.out == "" and name in refused.err
        assert settings(admin, name) == before
        assert len(admin.list_topics(name, timeout=10).topics[name].partitions) == 2


def test_trim(server, platform, name):
    create_topic(server, name, 2)
    for partition in (0, 1):
        produce(server, name, [b"v"] * 10, partition)
    client = consumer(server, "reader")
    low = lambda partition: client.get_watermark_offsets(TopicPartition(name, partition), timeout=10)

    assert platform("topic", "trim", name, "--before", 4, "--partition", 1).cells == [["PARTITION", "START"], ["1", "4"]]
    assert (low(0), low(1)) == ((0, 10), (4, 10))
    refused = platform("topic", "trim", name, "--before", 11, "--partition", 0, status=1)
    assert "11" in refused.err and "10" in refused.err and low(0) == (0, 10)
    assert "partition 7" in platform("topic", "trim", name, "--all", "--partition", 7, status=1).err
    assert platform("topic", "trim", name, "--all", "--json").json["partitions"] == [
        {"partition": 0, "start_offset": 10}, {"partition": 1, "start_offset": 10}]
    assert (low(0), low(1)) == ((10, 10), (10, 10))
    client.close()


def test_delete(server, platform, name):
    create_topic(server, name)
    refused = platform("topic", "delete", f"{name}-none", name, status=1)
    assert refused.out == f"Deleted topic '{name}'.\n" and f"{name}-none" in refused.err
    assert name not in admin_client(server).list_topics(timeout=10).topics
    assert platform("topic", "delete", name, "--if-exists", "--json").json == {
        "deleted": [], "absent": [name], "errors": []}


# -- Groups


def test_describe_a_group_with_members(server, platform, name):
    create_topic(server, name, 3)
    produce(server, name, [b"v"] * 10, 0)
    produce(server, name, [b"v"] * 5, 2)
    group = f"{name}-g"
    client = consumer(server, group, client_id="reader-1", group_instance_id="fixed")
    client.subscribe([name])
    take(client, 15)
    client.commit(offsets=[TopicPartition(name, 0, 4), TopicPartition(name, 2, 5)], asynchronous=False)

    found = platform("group", "describe", group, "--json").json["groups"][0]
    assert (found["state"], found["protocol_type"], found["protocol_name"]) == ("Stable", "consumer", "range")
    (member,) = found["members"]
    assert (member["client_id"], member["instance_id"]) == ("reader-1", "fixed") and "127.0.0.1" in member["host"]
    assert member["assignment"] == [{"topic": name, "partitions": [0, 1, 2]}]
    assert [(p["partition"], p["committed_offset"], p["end_offset"], p["lag"]) for p in found["partitions"]] == [
        (0, 4, 10, 6), (1, None, 0, None), (2, 5, 5, 0)]
    assert {p["member_id"] for p in found["partitions"]} == {member["member_id"]} and found["total_lag"] == 6
    text = platform("group", "describe", group).out
    assert f"{name}[0-2]" in text and "total lag  6" in text
    assert [group, "Stable", "consumer"] in platform("group", "list").cells

    # What would pull the ground from under its feet is refused.
    reset = platform("group", "reset", group, "--topic", name, "--to", "earliest", status=1)
    assert "1 member" in reset.err and "stop" in reset.err
    for command in (["delete", group], ["delete-offsets", group, "--topic", name]):
        assert "stop" in platform("group", *command, status=1).err
    assert committed(admin_client(server), group) == {0: 4, 2: 5}
    client.close()


def test_reset(server, platform, name):
    create_topic(server, name, 2)
    produce(server, name, [b"v"] * 10, 0)
    produce(server, name, [b"v"] * 20, 1)
    group, admin = f"{name}-g", admin_client(server)
    commit(server, group, name, 5, 7)

    def reset(to, *more):
        result = platform("group", "reset", group, "--topic", name, "--to", to, *more)
        return result, committed(admin, group)

    dry, offsets = reset("latest", "--dry-run", "--json")
    assert dry.json["is_dry_run"] is True and offsets == {0: 5, 1: 7}
    assert dry.json["partitions"] == [
        {"partition": 0, "previous_offset": 5, "committed_offset": 10},
        {"partition": 1, "previous_offset": 7, "committed_offset": 20}]
    shown, offsets = reset("+2")
    assert offsets == {0: 7, 1: 9} and shown.cells[1:] == [[name, "0", "5", "7"], [name, "1", "7", "9"]]
    assert reset("-3")[1] == {0: 4, 1: 6}
    assert reset("latest", "--partition", 1)[1] == {0: 4, 1: 20}
    clamped, offsets = reset("15")
    assert offsets == {0: 10, 1: 15} and "0 to 10" in clamped.err
    assert reset("earliest")[1] == {0: 0, 1: 0}


def test_reset_to_a_time(server, platform, name):
    create_topic(server, name)
    group = f"{name}-g"
    produce(server, name, [b"old"] * 3)
    eventually(lambda: time.time_ns() // 1_000_000 > noted_after(server, name), what="a later millisecond")
    middle = noted_after(server, name) + 1
    eventually(lambda: time.time_ns() // 1_000_000 > middle, what="a later millisecond")
    produce(server, name, [b"new"] * 2)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(middle // 1000)) + f".{middle % 1000:03}Z"
    # The group does not exist before.
    platform("group", "reset", group, "--topic", name, "--to", text)
    assert committed(admin_client(server), group) == {0: 3}
    platform("group", "reset", group, "--topic", name, "--to", "2100-01-01")
    assert committed(admin_client(server), group) == {0: 5}


def noted_after(server, topic):
    """The time of the third record, in ms."""
    client = consumer(server, "reader")
    client.assign([TopicPartition(topic, 0, 2)])
    (message,) = take(client, 1)
    client.close()
    return message.timestamp()[1]


def test_reset_says_what_is_wrong(server, platform, name):
    create_topic(server, name)
    shift = platform("group", "reset", f"{name}-g", "--topic", name, "--to", "-1", status=1)
    assert "no committed offset" in shift.err
    assert f"{name}-none" in platform(
        "group", "reset", "g", "--topic", f"{name}-none", "--to", "earliest", status=1).err
    assert "'soon'" in platform("group", "reset", "g", "--topic", name, "--to", "soon", status=64).err


def test_delete_offsets_and_groups(server, platform, name):
    create_topic(server, name, 3)
    group, admin = f"{name}-g", admin_client(server)
    commit(server, group, name, 0, 0, 0)
    platform("group", "delete-offsets", group, "--topic", name, "--partition", 1)
    assert committed(admin, group) == {0: 0, 2: 0}
    assert f"{name}[0,2]" in platform("group", "delete-offsets", group, "--topic", name).out
    assert committed(admin, group) == {}

    commit(server, group, name, 0)
    deleted = platform("group", "delete", f"{name}-none", group, "--json", status=1)
    assert deleted.json["deleted"] == [group]
    assert [(e["name"], e["error"]) for e in deleted.json["errors"]] == [(f"{name}-none", "GROUP_ID_NOT_FOUND")]
    assert group not in [g["name"] for g in platform("group", "list", "--json").json["groups"]]
    assert "does not exist" in platform("group", "describe", group, status=1).err


# -- No server


@pytest.mark.parametrize("command", [["topic", "list"], ["group", "list"], ["group", "describe", "g"]])
def test_no_server(command):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        began = time.monotonic()
        refused = run(address, *command, status=1)
    assert time.monotonic() - began < 5
    assert refused.out == "" and refused.err.count("\n") == 1
    assert address in refused.err and "platform serve" in refused.err
