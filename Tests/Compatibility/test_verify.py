"""`platform verify`: sound after a kill, names damage with file and byte, stays away from a directory in use."""

import json
import os
import shutil
import subprocess

import pytest

from batches import HEADER_BYTES
from confluent import create_topic, producer
from server import BINARY
from test_segment_files import positions_of_batches

RECORDS = 2000


def verify(directory, *options):
    return subprocess.run(
        [str(BINARY), "verify", str(directory), *options], capture_output=True, text=True, timeout=60)


def produce(server, name, count=RECORDS):
    create_topic(server, name, config={"segment.bytes": "1048576"})
    client = producer(server, acks="all", enable_idempotence=True, batch_size=5000)
    for i in range(count):
        client.produce(name, os.urandom(900), key=b"%d" % i)
        if i % 100 == 0:
            assert client.flush(10) == 0
    assert client.flush(10) == 0


def contents(directory):
    return {p.relative_to(directory): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


@pytest.fixture
def killed(make_server, name):
    """A server's directory after kill -9."""
    server = make_server()
    produce(server, name)
    server.kill()
    return server.data


def test_sound_after_a_kill(killed, name):
    before = contents(killed)
    result = verify(killed)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == "", "no progress where there is no terminal"
    summary = result.stdout.splitlines()[-1]
    assert ": sound (0 damage, 0 derived" in summary, result.stdout

    report = json.loads(verify(killed, "--json").stdout)
    assert report["sound"] is True and report["counts"]["damage"] == 0
    assert report["logs"] == len([p for p in (killed / "logs").iterdir() if p.is_dir()])
    assert report["records"] >= RECORDS and 0 < report["batches"] <= report["records"]
    assert report["bytes"] == sum(p.stat().st_size for p in killed.rglob("*.log"))
    assert contents(killed) == before, "it must change nothing"


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_a_flipped_byte_is_named(killed, name, option):
    segments = sorted(killed.glob(f"logs/{name}-0/*.log"))
    assert len(segments) >= 2
    data = bytearray(segments[0].read_bytes())
    start = max(p for p in positions_of_batches(bytes(data)) if p < len(data) // 2)
    data[start + HEADER_BYTES + 10] ^= 0x20
    segments[0].write_bytes(data)

    result = verify(killed, *option)
    assert result.returncode == 1, result.stdout + result.stderr
    if option:
        report = json.loads(result.stdout)
        assert report["sound"] is False and report["counts"]["damage"] == 1
        finding = next(f for f in report["findings"] if f["severity"] == "damage")
        assert finding["path"] == str(segments[0]) and finding["byte"] == start
        assert "CRC-32C" in finding["reason"] and finding["remedy"]
    else:
        lines = [line for line in result.stdout.splitlines() if line.startswith("damage: ")]
        assert len(lines) == 1 and f"{segments[0]} at byte {start}: " in lines[0]
        assert "NOT SOUND (1 damage" in result.stdout.splitlines()[-1]


def test_a_missing_segment_and_a_broken_catalog_are_found(killed, name):
    segments = sorted(killed.glob(f"logs/{name}-0/*.log"))
    segments[0].unlink()
    catalog = killed / "metadata.sqlite"
    # What the journal holds would heal the file.
    (killed / "metadata.sqlite-wal").unlink(missing_ok=True)
    catalog.write_bytes(b"no database at all" * 1000)
    result = verify(killed)
    assert result.returncode == 1
    assert any(line.startswith(f"damage: {segments[1]}: offsets 0 to ") for line in result.stdout.splitlines())
    assert f"derived: {catalog}: " in result.stdout


def test_a_lost_topic_directory_is_found(make_server, name):
    server = make_server()
    produce(server, name, 100)
    assert server.terminate() == 0
    assert verify(server.data).returncode == 0
    shutil.rmtree(server.data / "logs" / f"{name}-0")
    result = verify(server.data)
    assert result.returncode == 1 and f"damage: {server.data}/logs/{name}-0: missing" in result.stdout


def test_a_lost_end_of_the_metadata_log_is_found(make_server, name):
    server = make_server()
    create_topic(server, name)
    assert server.terminate() == 0
    segment = max(server.data.glob("logs/__metadata-0/*.log"))
    segment.write_bytes(b"")
    result = verify(server.data)
    assert result.returncode == 1
    assert "metadata.sqlite: shows changes up to offset" in result.stdout


def test_a_directory_in_use_is_refused(server):
    for option in ([], ["--json"]):
        result = verify(server.data, *option)
        assert result.returncode == 2 and result.stdout == ""
        assert result.stderr.count("\n") == 1
        assert f"in use by process {server.process.pid}" in result.stderr


def test_what_is_no_data_directory_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for directory in (tmp_path, tmp_path / "nowhere"):
        result = verify(directory)
        assert result.returncode == 2 and result.stdout == ""
        assert result.stderr.count("\n") == 1 and "not a data directory" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
    assert verify("").returncode == 64
