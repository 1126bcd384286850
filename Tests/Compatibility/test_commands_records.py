"""`platform produce` and `platform consume`, against the server and beside kcat's librdkafka."""

import json
import os
import signal
import subprocess
import time

import pytest

import command
from confluent import create_topic, read_partition
from confluent import produce as confluent_produce
from server import eventually

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def test_lines_go_in_and_out(server, name):
    done = command.produce(server, name, b"one\ntwo\n\nfour")
    assert b"4 records written" in done.stderr and done.stdout == b""
    assert command.consume(server, name, "-e") == b"one\ntwo\n\nfour\n"


def test_other_clients_read_what_is_produced(server, name):
    create_topic(server, name)
    command.produce(server, name, b"k1:v1\nk2:\n:v3\n", "-K", ":", "-Z", "-H", "a=1", "-H", "a=2", "-q")
    messages = read_partition(server, name, 3)
    assert [(m.key(), m.value()) for m in messages] == [(b"k1", b"v1"), (b"k2", None), (None, b"v3")]
    assert messages[0].headers() == [("a", b"1"), ("a", b"2")]


def test_keys_go_where_the_java_client_sends_them(server, name):
    """librdkafka's murmur2_random is the Java client's rule."""
    create_topic(server, name, 7)
    lines = b"".join(b"key%d:x\n" % i for i in range(100))
    command.produce(server, name, lines, "-K", ":")
    ours = {r["key"]: r["partition"] for r in command.consume_json(server, name, "-e")}
    create_topic(server, f"{name}-other", 7)
    from confluent import producer
    client = producer(server, partitioner="murmur2_random")
    for i in range(100):
        client.produce(f"{name}-other", key=b"key%d" % i, value=b"x")
    assert client.flush(10) == 0
    theirs = {r["key"]: r["partition"] for r in command.consume_json(server, f"{name}-other", "-e")}
    assert ours == theirs and len(ours) == 100


@pytest.mark.parametrize("codec", CODECS)
def test_codecs(server, name, codec):
    create_topic(server, name, 3)
    lines = b"".join(b"line %d of some length that compresses\n" % i for i in range(20_000))
    command.produce(server, name, lines, "-z", codec)
    assert sorted(command.consume(server, name, "-e").splitlines()) == sorted(lines.splitlines())


def test_json_lines_go_round(server, name):
    records = [
        {"key": "k", "value": "text \"quoted\" \u00e4\n", "headers": {"h": "1", "twice": ["a", None]}},
        {"key": None, "value": {"base64": "//4="}, "headers": {}},
        {"value": None, "timestamp": 1700000000000},
    ]
    create_topic(server, name)
    create_topic(server, f"{name}-copy")
    command.produce(server, name, "\n".join(map(json.dumps, records)).encode() + b"\n\n", "--json")
    read = command.consume_json(server, name, "-e")
    assert [r["value"] for r in read] == [records[0]["value"], records[1]["value"], None]
    assert read[0]["headers"] == records[0]["headers"] and read[0]["key"] == "k"
    assert read[2]["timestamp"] == 1700000000000 and read[2]["key"] is None
    # What is read can be written as it is.
    lines = command.consume(server, name, "-e", "--json")
    command.produce(server, f"{name}-copy", lines, "--json")
    copied = command.consume_json(server, f"{name}-copy", "-e")
    assert [{**r, "topic": name} for r in copied] == read


def test_a_line_that_is_no_record_is_named(server, name):
    done = command.produce(server, name, b'{"value":"x"}\n{"valu":"y"}\n', "--json", status=1)
    assert b"line 2" in done.stderr and b"valu" in done.stderr
    done = command.produce(server, name, b"a=b\nc\n", "-K", "=", status=1)
    assert b"line 2" in done.stderr


def test_positions(server, name):
    create_topic(server, name, 2)
    for partition in (0, 1):
        confluent_produce(server, name, [b"%d-%d" % (partition, i) for i in range(10)], partition)
    assert command.consume(server, name, "-p", 1, "-o", 7, "-e") == b"1-7\n1-8\n1-9\n"
    assert sorted(command.consume(server, name, "-o", "-1", "-e").split()) == [b"0-9", b"1-9"]
    assert command.consume(server, name, "-o", "end", "-e") == b""
    assert command.consume(server, name, "-p", 0, "-o", "s@0", "-c", 2) == b"0-0\n0-1\n"
    assert command.consume(server, name, "-p", 0, "-o", "s@2100-01-01T00:00:00Z", "-e") == b""
    assert command.consume(server, name, "-p", 0, "-c", 1, "-f", "%t|%p|%o|%k|%s|%S|%K|%%\\n").decode() == (
        f"{name}|0|0||0-0|3|-1|%\n")


def test_a_position_outside_the_log_is_an_error(server, name):
    create_topic(server, name)
    done = command.run("consume", name, "-o", 99, "-b", server.address, status=1)
    assert b"99" in done.stderr and name.encode() in done.stderr


def test_a_missing_topic_is_an_error_at_once(server):
    start = time.monotonic()
    done = command.run("consume", "no-such-topic", "-b", server.address, status=1)
    assert b"no-such-topic" in done.stderr
    done = command.run("consume", "no-such-topic", "-g", "g", "-b", server.address, status=1)
    assert b"no-such-topic" in done.stderr and time.monotonic() - start < 5


def test_no_server_is_an_error_that_names_the_address():
    done = command.run("consume", "t", "-b", "127.0.0.1:1", status=1, seconds=5)
    assert b"127.0.0.1:1" in done.stderr
    done = command.run("produce", "t", "-b", "127.0.0.1:1", input=b"x\n", status=1, seconds=5)
    assert b"127.0.0.1:1" in done.stderr


def test_a_group_goes_on_where_it_was(server, name):
    create_topic(server, name, 3)
    command.produce(server, name, b"".join(b"%d\n" % i for i in range(300)))
    group = f"{name}-group"
    first = command.consume(server, name, "-g", group, "-c", 100).split()
    rest = command.consume(server, name, "-g", group, "-e").split()
    assert len(first) == 100
    assert sorted(map(int, first + rest)) == list(range(300)), "each record once"
    assert command.consume(server, name, "-g", group, "-e") == b""


def test_three_members_share_a_topic(server, name, tmp_path):
    create_topic(server, name, 12)
    group = f"{name}-group"
    paths = [tmp_path / f"member-{i}" for i in range(3)]
    members = []
    for path in paths:
        with open(path, "wb") as out:
            members.append(
                command.start("consume", name, "-g", group, "-b", server.address, "-f", "%p %s\\n", stdout=out))
    try:
        from confluent import admin_client
        admin = admin_client(server)

        def is_shared():
            described = admin.describe_consumer_groups([group])[group].result(10)
            return [len(m.assignment.topic_partitions) for m in described.members] == [4, 4, 4]

        eventually(is_shared, 30)
        # Keys spread them over all partitions.
        command.produce(server, name, b"".join(b"%d:%d\n" % (i, i) for i in range(120_000)), "-K", ":")
        from confluent_kafka import ConsumerGroupTopicPartitions

        def is_done():
            offsets = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(10)
            return sum(max(0, p.offset) for p in offsets.topic_partitions) == 120_000

        eventually(is_done, 30)
    finally:
        for member in members:
            member.send_signal(signal.SIGINT)
        for member in members:
            _, err = member.communicate(timeout=20)
            assert member.returncode == 0, err.decode()
    outputs = [path.read_bytes() for path in paths]
    values = [int(line.split()[1]) for out in outputs for line in out.splitlines()]
    assert sorted(values) == list(range(120_000)), "each record once"
    assert all(outputs), "each member had a share"


def test_a_reader_that_leaves_ends_the_command(server, name):
    command.produce(server, name, b"line\n" * 200_000)
    consumer = command.start("consume", name, "-b", server.address)
    head = subprocess.run(["head", "-n", "5"], stdin=consumer.stdout, capture_output=True, timeout=20)
    consumer.stdout.close()
    assert head.stdout == b"line\n" * 5
    assert consumer.wait(timeout=20) == 0
    consumer.stderr.close()


def test_an_interrupted_produce_keeps_what_it_read(server, name):
    create_topic(server, name)
    producer = command.start("produce", name, "-b", server.address, stdin=subprocess.PIPE)
    producer.stdin.write(b"a\nb\n")
    producer.stdin.flush()
    eventually(lambda: command.consume(server, name, "-e") == b"a\nb\n", 20)
    producer.send_signal(signal.SIGINT)
    # Its input stays open until it has ended: the end of the input would end it too.
    assert producer.wait(timeout=20) == 130
    _, err = producer.communicate(timeout=20)
    assert b"2 records written" in err


def test_produce_outlives_a_restart(make_server, name):
    """Lines flow while the server is killed and comes back: each is there once, in order."""
    server = make_server()
    create_topic(server, name)
    producer = command.start("produce", name, "-b", server.address, stdin=subprocess.PIPE)
    for burst in range(4):
        for i in range(2_000):
            producer.stdin.write(b"%d\n" % (burst * 2_000 + i))
        producer.stdin.flush()
        if burst == 0:
            # It has found the server: the first connection is not waited for.
            eventually(lambda: command.consume(server, name, "-c", 1, "-e") == b"0\n", 20)
        if burst in (1, 2):
            server.restart_after_kill()
    _, err = producer.communicate(timeout=60)
    assert producer.returncode == 0, err.decode()
    assert list(map(int, command.consume(server, name, "-e").split())) == list(range(8_000))


def test_a_record_beyond_the_limit_is_an_error(server, name):
    create_topic(server, name, config={"max.message.bytes": "1000"})
    done = command.produce(server, name, b"x" * 2_000 + b"\n", status=1)
    assert b"MESSAGE_TOO_LARGE" in done.stderr


def test_bench_reports(server):
    report = json.loads(
        command.run(
            "bench", "broker", "-b", server.address, "-r", 20_000, "-p", 4, "-c", 3, "--round-trips", 20, "--json",
            "--server-pid", server.process.pid).stdout)
    assert report["records"] == 20_000 and report["produce"]["records_per_second"] > 0
    assert report["consume"]["records_per_second"] > 0 and report["round_trips"]["p99_latency_ms"] > 0
    assert report["server_resident_bytes"] > 0
    # Its topic is gone.
    from confluent import admin_client
    assert not [t for t in admin_client(server).list_topics(timeout=10).topics if t.startswith("bench-")]


def test_version(name):
    version = json.loads(command.run("version", "--json").stdout)["version"]
    assert command.run("version").stdout.decode() == f"platform {version}\n"
    assert command.run("--version").stdout.decode().strip() == version
