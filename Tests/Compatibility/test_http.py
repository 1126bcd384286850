"""HTTP with curl, and with a socket where the order of bytes matters."""

import json
import os
import shutil
import socket
import subprocess
import time

import pytest

from confluent import consumer, create_topic, take

MIB = 1 << 20


def http_address(server):
    host, _, port = server.ready["listen"]["http"].rpartition(":")
    return host, int(port)


@pytest.fixture
def roomy(make_server):
    return make_server({"kafka.message-bytes-max": "8MiB"})


def head(server, topic, length, expectation="100-continue"):
    return (
        f"POST /v1/topics/{topic}/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Length: {length}\r\nExpect: {expectation}\r\n\r\n").encode()


def answer(connection):
    """The next head, and what of a body came with it."""
    received = b""
    while b"\r\n\r\n" not in received:
        more = connection.recv(65536)
        assert more, f"the server closed after {received!r}"
        received += more
    return received


def test_a_client_that_asks_first_is_told_to_go_on(server, name):
    with socket.create_connection(http_address(server), timeout=10) as connection:
        for _ in range(2):  # the connection is kept
            connection.sendall(head(server, name, 5))
            assert answer(connection) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"hello")
            assert answer(connection).startswith(b"HTTP/1.1 200 ")


def test_a_body_that_will_be_refused_is_not_asked_for(server, name):
    with socket.create_connection(http_address(server), timeout=10) as connection:
        connection.sendall(head(server, name, 1 << 30))
        assert answer(connection).startswith(b"HTTP/1.1 413 ")


def test_an_expectation_that_nobody_knows_is_refused(server, name):
    with socket.create_connection(http_address(server), timeout=10) as connection:
        connection.sendall(head(server, name, 5, "200-ok"))
        assert answer(connection).startswith(b"HTTP/1.1 417 ")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
def test_curl_sends_a_large_body_without_waiting(roomy, name, tmp_path):
    """curl asks before a body above 1 MiB, and sends it after a second without an answer."""
    create_topic(roomy, name)
    body = tmp_path / "body"
    body.write_bytes(os.urandom(5 * MIB))
    host, port = http_address(roomy)
    started = time.monotonic()
    done = subprocess.run(
        ["curl", "-sS", "--fail", "-X", "POST", "-H", "Content-Type: application/octet-stream", "-T", str(body),
         f"http://{host}:{port}/v1/topics/{name}/records"], capture_output=True, text=True, timeout=20)
    elapsed = time.monotonic() - started
    assert done.returncode == 0, done.stderr + done.stdout
    assert json.loads(done.stdout)["records"][0]["offset"] == 0
    assert elapsed < 0.9
    client = consumer(roomy, name, fetch_message_max_bytes=8 * MIB, receive_message_max_bytes=64 * MIB)
    client.subscribe([name])
    assert take(client, 1)[0].value() == body.read_bytes()
    client.close()
