"""The process: what it says when it cannot start, how it stops, what it does when the disk is full."""

import os
import subprocess
import time

import pytest

from batches import batch, batches_of
from confluent import admin_client, create_topic, produce, read_partition
from server import BINARY, eventually
from wire import Connection

KAFKA_STORAGE_ERROR = 56


def start_in_vain(directory, *arguments):
    """Starts a server that must not come up; what it says on stderr."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PLATFORM_")}
    done = subprocess.run(
        [BINARY, "serve", "--data-dir", str(directory), "--kafka-port", "0", "--http-port", "0", *arguments],
        capture_output=True, text=True, timeout=20, env=environment)
    assert done.returncode not in (0, None) and done.returncode > 0, f"ended with {done.returncode}\n{done.stderr}"
    assert '"ready"' not in done.stdout
    return done.stderr.strip()


def test_second_process_on_one_directory(server):
    said = start_in_vain(server.data)
    assert len(said.splitlines()) == 1 and str(server.data) in said and str(server.process.pid) in said


def test_port_in_use(server, tmp_path):
    said = start_in_vain(tmp_path / "data", "--kafka-port", str(server.port))
    assert len(said.splitlines()) == 1 and str(server.port) in said


def test_unknown_setting_names_the_nearest(tmp_path):
    said = start_in_vain(tmp_path / "data", "--set", "kafka.default-partition=4")
    assert "kafka.default-partitions" in said


@pytest.mark.parametrize("content", [b"format=99\ncluster.id=x\n", b"version=1\n", b"\0\1\2 not ours", b""])
def test_data_directory_of_another_format(tmp_path, content):
    data = tmp_path / "data"
    data.mkdir()
    (data / "meta.properties").write_bytes(content)
    said = start_in_vain(data)
    assert len(said.splitlines()) == 1 and str(data) in said and "format" in said
    assert (data / "meta.properties").read_bytes() == content


def test_refuses_to_listen_beyond_loopback(tmp_path):
    assert "--insecure" in start_in_vain(tmp_path / "data", "--bind", "0.0.0.0")


def test_starts_within_a_third_of_a_second(make_server):
    server = make_server()
    durations = []
    for _ in range(5):
        server.terminate()
        started = time.monotonic()
        server.start()
        durations.append(time.monotonic() - started)
    assert min(durations) < 0.3, durations


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MB, if we may mount one; its size can be changed."""
    directory = tmp_path / "server-0"
    (directory / "data").mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(directory / "data")], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("may not mount a file system")
    yield lambda size: subprocess.run(
        ["mount", "-o", f"remount,size={size}", str(directory / "data")], check=True)
    eventually(
        lambda: subprocess.run(["umount", str(directory / "data")], capture_output=True).returncode == 0, 10)


def test_full_disk(small_disk, make_server, name):
    """What does not fit is refused or the server says why and stops; nothing acknowledged is lost, and with room again it goes on."""
    server = make_server()
    create_topic(server, name)
    acknowledged, error = 0, None
    payload = os.urandom(900_000)
    with Connection(server) as connection:
        for _ in range(60):
            try:
                error, base_offset, _, _ = connection.produce(name, 0, batch([payload]))
            except (AssertionError, OSError):
                break  # the server stopped
            if error:
                break
            assert base_offset == acknowledged
            acknowledged += 1
    assert 5 < acknowledged < 30 and error in (None, 0, KAFKA_STORAGE_ERROR)
    if server.is_running:
        with Connection(server) as connection:
            assert batches_of(connection.fetch(name, 0, acknowledged - 1, bytes_max=4 << 20)[3])
    else:
        assert server.process.returncode > 0 and "No space" in server.log_tail()
    small_disk("200m")
    if server.is_running:
        server.terminate()
    server.start()
    assert len(read_partition(server, name, acknowledged)) == acknowledged
    offsets = produce(server, name, [b"room again"])
    assert offsets[0] >= acknowledged
    assert admin_client(server).list_topics(timeout=10).topics[name]
