"""kcat (librdkafka 2.0.2 on Debian 12): a real file in and out."""

import json
import os
import shutil
import signal
import subprocess

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient, NewTopic

from server import eventually

LINES = int(os.environ.get("COMPATIBILITY_LINES", 1_000_000))
PARTITIONS = 12
CODECS = ["gzip", "snappy", "lz4", "zstd"]

pytestmark = pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed (package kcat)")


def kcat(server, *arguments, **options):
    options.setdefault("timeout", 120)
    done = subprocess.run(["kcat", "-b", server.address, *arguments], capture_output=True, **options)
    assert done.returncode == 0, done.stderr.decode()
    return done


@pytest.fixture(scope="module")
def lines_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("lines") / "lines.txt"
    with open(path, "w") as file:
        file.writelines(f"{i} the quick brown fox jumps over the lazy dog\n" for i in range(LINES))
    return path


def create_topic(server, topic, partitions=PARTITIONS):
    admin = AdminClient({"bootstrap.servers": server.address})
    admin.create_topics([NewTopic(topic, partitions)])[topic].result(10)
    return admin


def produce_file(server, topic, path, *arguments):
    with open(path, "rb") as file:
        kcat(server, "-P", "-X", "sticky.partitioning.linger.ms=0", "-t", topic, *arguments, stdin=file)


def read_all(server, topic):
    """Every record as (partition, offset, value), by simple consumption from the start to the end."""
    out = kcat(server, "-C", "-q", "-t", topic, "-o", "beginning", "-e", "-f", "%p %o %s\n").stdout
    return parse(out)


def parse(out):
    rows = []
    for line in out.decode().splitlines():
        partition, offset, value = line.split(" ", 2)
        rows.append((int(partition), int(offset), value))
    return rows


def check_exactly_once_in_order(rows, count):
    """Every line once, offsets without a gap, and in every partition the lines in the order of the file."""
    assert len(rows) == count
    assert sorted(int(value.split(" ", 1)[0]) for _, _, value in rows) == list(range(count))
    next_offset, last_line = {}, {}
    for partition, offset, value in rows:
        assert offset == next_offset.get(partition, 0), f"partition {partition}"
        next_offset[partition] = offset + 1
        line = int(value.split(" ", 1)[0])
        assert line > last_line.get(partition, -1), f"partition {partition} offset {offset}"
        last_line[partition] = line
    return next_offset


class GroupMembers:
    """kcat processes in one consumer group, each writing what it reads to a file."""

    def __init__(self, server, group, topic, count, directory):
        self.files = [open(directory / f"member-{i}.txt", "wb") for i in range(count)]
        arguments = ["-q", "-X", "auto.offset.reset=earliest", "-X", "auto.commit.interval.ms=200"]
        self.processes = [
            subprocess.Popen(
                ["kcat", "-b", server.address, "-G", group, *arguments, "-f", "%p %o %s\n", topic],
                stdout=file, stderr=subprocess.DEVNULL)
            for file in self.files
        ]

    def stop(self):
        """Ends the members as a user would, so that they flush and commit."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process, file in zip(self.processes, self.files):
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
            finally:
                file.close()

    def rows(self):
        rows = []
        for file in self.files:
            with open(file.name, "rb") as written:
                rows += parse(written.read())
        return rows


def committed_sum(admin, group):
    result = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(10)
    return sum(max(0, p.offset) for p in result.topic_partitions)


def group_is_shared_by(admin, group, count):
    description = admin.describe_consumer_groups([group])[group].result(10)
    members = [m for m in description.members if m.assignment and m.assignment.topic_partitions]
    return description.state.name == "STABLE" and len(members) == count


@pytest.mark.long
def test_file_through_twelve_partitions_and_a_group_of_three(make_server, name, lines_file, tmp_path):
    """A file of a million lines: nothing lost, nothing twice, order kept per partition; again after kill -9."""
    server = make_server()
    admin = create_topic(server, name)
    members = GroupMembers(server, f"{name}-group", name, 3, tmp_path)
    try:
        eventually(lambda: group_is_shared_by(admin, f"{name}-group", 3), 30, what="three members sharing the topic")
        produce_file(server, name, lines_file)
        eventually(lambda: committed_sum(admin, f"{name}-group") == LINES, 60, 0.2, what="everything committed")
    finally:
        members.stop()
    rows = members.rows()
    ends = check_exactly_once_in_order(sorted(rows, key=lambda row: row[:2]), LINES)
    assert len(ends) == PARTITIONS

    server.restart_after_kill()
    check_exactly_once_in_order(read_all(server, name), LINES)
    # A new client: librdkafka 2.16 goes on asking the connection it had to the coordinator before the kill.
    admin = AdminClient({"bootstrap.servers": server.address})
    assert committed_sum(admin, f"{name}-group") == LINES


@pytest.mark.parametrize("codec", CODECS)
def test_compressed_file_survives_kill(make_server, name, lines_file, tmp_path, codec):
    count = min(LINES, 100_000)
    with open(lines_file) as file, open(tmp_path / "head.txt", "w") as head:
        for _ in range(count):
            head.write(file.readline())
    server = make_server()
    create_topic(server, name)
    produce_file(server, name, tmp_path / "head.txt", "-z", codec)
    check_exactly_once_in_order(read_all(server, name), count)
    server.restart_after_kill()
    check_exactly_once_in_order(read_all(server, name), count)
    stored = sum(p.stat().st_size for p in server.data.glob(f"**/{name}-*/*.log"))
    assert stored < (tmp_path / "head.txt").stat().st_size / 2, "the batches were not stored compressed"


def test_idempotent_producer(server, name, tmp_path):
    create_topic(server, name, 3)
    (tmp_path / "lines.txt").write_text("".join(f"{i} x\n" for i in range(10_000)))
    produce_file(server, name, tmp_path / "lines.txt", "-X", "enable.idempotence=true")
    check_exactly_once_in_order(read_all(server, name), 10_000)


def test_keys_headers_and_null_values(server, name):
    kcat(server, "-P", "-t", name, "-K:", "-Z", "-H", "trace=7", "-H", "empty=", input=b"a:1\nb:\nc:3\n")
    out = kcat(server, "-C", "-q", "-t", name, "-e", "-Z", "-f", "%k|%s|%S|%h\n").stdout.decode().splitlines()
    assert out == ["a|1|1|trace=7,empty=", "b|NULL|-1|trace=7,empty=", "c|3|1|trace=7,empty="]


def test_query_offsets_and_last_records(server, name):
    kcat(server, "-P", "-t", name, input=b"".join(b"%d\n" % i for i in range(100)))
    last = kcat(server, "-C", "-q", "-t", name, "-o", "-3", "-e").stdout
    assert last == b"97\n98\n99\n"
    assert kcat(server, "-Q", "-t", f"{name}:0:-2").stdout.strip().endswith(b"offset 0")
    assert kcat(server, "-Q", "-t", f"{name}:0:-1").stdout.strip().endswith(b"offset 100")
    assert kcat(server, "-Q", "-t", f"{name}:0:1").stdout.strip().endswith(b"offset 0")


def test_metadata_as_json(server, name):
    create_topic(server, name, 5)
    listing = json.loads(kcat(server, "-L", "-J", "-t", name).stdout)
    assert [p["partition"] for p in listing["topics"][0]["partitions"]] == list(range(5))
    assert listing["brokers"][0]["name"] == server.address
