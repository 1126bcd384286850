"""Kafka's own Java code: its clients against the server, and its reader of segment files on our directory."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from batches import CODECS
from confluent import create_topic, produce

HERE = Path(__file__).resolve().parent
# Where setup.sh puts the jars if there is a Java to run them with; KAFKA_CLIENTS names another place.
JARS = Path(os.environ.get("KAFKA_CLIENTS", Path(sys.prefix) / "kafka-clients"))

pytestmark = pytest.mark.skipif(
    shutil.which("java") is None or not JARS.is_dir(), reason="no Java 17, or no kafka-clients: run setup.sh")


def java(program, *arguments, seconds=90):
    """Compiles and runs one of our programs with Kafka's jars."""
    done = subprocess.run(
        ["java", "-Xmx256m", "-cp", f"{JARS}/*", str(HERE / "java" / f"{program}.java"), *map(str, arguments)],
        capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("story", ["records", "group", "administration", "transactions_refused"])
def test_client(server, name, story):
    java("ClientStories", story, server.address, name)


def test_kafkas_reader_accepts_our_segments(make_server, name):
    """Several segments, every codec, after a kill: each batch is valid to Kafka, and no record is missing."""
    server = make_server()
    create_topic(server, name, config={"segment.bytes": "1000000"})
    for codec in CODECS:
        produce(server, name, [os.urandom(200) for _ in range(2000)], compression_type=codec, batch_size=50_000)
    server.kill()
    segments = sorted(server.data.glob(f"**/{name}-0/*.log"))
    assert len(segments) > 1
    rows = [list(map(int, line.split())) for line in java("SegmentReader", *segments).splitlines()]
    assert sum(records for _, records, _, _ in rows) == 2000 * len(CODECS)
    assert rows[0][2] == 0 and rows[-1][3] == 2000 * len(CODECS) - 1
    for (_, _, _, last), (_, _, first, _) in zip(rows, rows[1:]):
        assert first == last + 1
