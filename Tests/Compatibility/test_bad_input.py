"""What no client would send. Each gets its Kafka error or a closed connection; the server keeps serving and stays small."""

import gzip
import os
import random
import socket
import struct
import zlib

import pytest

from batches import batch, batches_of, varint
from confluent import create_topic, produce, producer, read_partition
from server import eventually
from wire import API_VERSIONS, FETCH, LIST_OFFSETS, METADATA, PRODUCE, Connection, array, fetch_body, produce_body, string

GROWTH_BYTES_MAX = 64 << 20
INVALID_RECORD, CORRUPT_MESSAGE, MESSAGE_TOO_LARGE = 87, 2, 10


@pytest.fixture
def hardened(server, name):
    """The server, warmed up; afterwards it must still serve and must not have grown."""
    create_topic(server, name)
    produce(server, name, [b"x" * 1000] * 1000)
    before = server.resident_bytes()
    yield server
    assert server.is_running
    assert produce(server, name, [b"still here"]) == [1000]
    # What was freed goes back to the system by and by.
    eventually(
        lambda: server.resident_bytes() < before + GROWTH_BYTES_MAX, 10, 0.1,
        f"resident memory below {before + GROWTH_BYTES_MAX} again")


def closed_after(server, raw):
    with Connection(server) as connection:
        try:
            connection.send_bytes(raw)
        except OSError:
            return True  # closed while we were sending
        return connection.is_closed_by_server()


def request(key, version, body, correlation=1):
    header = struct.pack(">hhi", key, version, correlation) + string("bad")
    return struct.pack(">i", len(header) + len(body)) + header + body


BROKEN_STREAMS = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS": bytes.fromhex("1603010200010001fc0303") + bytes(500),
    "negative frame length": struct.pack(">i", -1) + b"x" * 100,
    "oversized frame length": struct.pack(">i", 2**31 - 1) + b"x" * 100,
    "frame just above the limit": struct.pack(">i", (100 << 20) + 1),
    "empty frame": struct.pack(">i", 0),
    "frame too short for a header": struct.pack(">i", 3) + b"\0\3\0",
    "unknown API key": request(9999, 0, b""),
    "negative API key": request(-1, 0, b""),
    "API of brokers only": request(4, 0, b""),
    "version above all": request(METADATA, 999, array([])),
    "negative version": request(METADATA, -1, array([])),
    "body ends early": request(PRODUCE, 7, produce_body("t", 0, b"x" * 50)[:20]),
    "string longer than the frame": request(METADATA, 1, array([struct.pack(">h", 32767) + b"x"])),
    "negative string length": request(METADATA, 1, array([struct.pack(">h", -7)])),
    "array of two billion": request(METADATA, 1, struct.pack(">i", 2**31 - 1)),
    "negative array length": request(METADATA, 1, struct.pack(">i", -5)),
    "fetch of two billion topics": request(FETCH, 5, struct.pack(">iiiibi", -1, 0, 1, 1 << 20, 0, 2**31 - 1)),
    "compact array of four billion": request(METADATA, 12, b"\0\xff\xff\xff\xff\x0f"),
    "varint without an end": request(METADATA, 12, b"\0" + b"\xff" * 20),
    "tagged field beyond the frame": request(API_VERSIONS, 3, b"\1\x7f\xff\xff\x03"),
    "name that is not UTF-8": request(METADATA, 1, array([struct.pack(">h", 4) + b"\xff\xfe\xfd\xfc"])),
}


@pytest.mark.parametrize("raw", BROKEN_STREAMS.values(), ids=BROKEN_STREAMS.keys())
def test_broken_stream_is_closed(hardened, raw):
    if b"\xff\xfe\xfd\xfc" in raw:
        # Either a closed connection or an error for this topic.
        with Connection(hardened) as connection:
            connection.send_bytes(raw)
            connection.receive()
    else:
        assert closed_after(hardened, raw)


def test_newer_api_versions_is_answered_with_what_is_served(hardened):
    """A client from the future: error 35 in the layout of version 0, and the list from which it can pick."""
    with Connection(hardened) as connection:
        reader = connection.call(API_VERSIONS, 100, b"\0\0")
        assert reader.int16() == 35
        served = dict(reader.array(lambda: (reader.int16(), (reader.int16(), reader.int16()))))
        assert API_VERSIONS in served and served[PRODUCE][0] == 0


def test_half_requests(hardened):
    """Frames that never end: they cost their bytes, not the length they claim."""
    connections = []
    for _ in range(100):
        connection = Connection(hardened)
        connection.send_bytes(struct.pack(">i", 90 << 20) + b"\0\0\0\7" + b"x" * 1000)
        connections.append(connection)
    with Connection(hardened) as other:
        other.api_versions()
    assert hardened.resident_bytes() < 1 << 30
    for connection in connections:
        connection.socket.close()


def test_request_in_single_bytes(hardened, name):
    with Connection(hardened) as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request(PRODUCE, 7, produce_body(name, 0, batch([b"drip"])), 77)[:-1]:
            connection.send_bytes(bytes([byte]))
        with Connection(hardened) as other:
            assert other.fetch(name, 0, 1000)[1] == 1000, "stored before the request was whole"
    # The rest never came, so nothing was stored: `hardened` finds offset 1000 free.


def test_connection_cut_in_the_middle_of_a_produce(hardened, name):
    raw = request(PRODUCE, 7, produce_body(name, 0, batch([b"x" * 100_000])))
    for cut in (10, 1000, 50_000, len(raw) - 1):
        with Connection(hardened) as connection:
            connection.send_bytes(raw[:cut])
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST
    with Connection(hardened) as connection:
        assert connection.fetch(name, 0, 1000)[1] == 1000


def bomb(megabytes, key=b"k"):
    """One gzip batch with one record whose value is that many megabytes of zeros."""
    value_bytes = megabytes << 20
    head = b"\0" + varint(0) + varint(0)
    head += (varint(-1) if key is None else varint(len(key)) + key) + varint(value_bytes)
    length = varint(len(head) + value_bytes + 1)
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    payload = compressor.compress(length + head)
    for _ in range(megabytes):
        payload += compressor.compress(bytes(1 << 20))
    payload += compressor.compress(varint(0)) + compressor.flush()
    return batch([b""], codec=1, payload=payload)


@pytest.mark.parametrize("policy", ["compact", "delete"])
def test_decompression_bomb(hardened, name, policy):
    """700 KB that would become 700 MB. Where records must be looked at, it is refused; it never becomes 700 MB of memory."""
    topic = f"{name}-bomb"
    create_topic(hardened, topic, config={"cleanup.policy": policy})
    records = bomb(700)
    assert len(records) < 1_000_000
    before = hardened.resident_bytes()
    with Connection(hardened, seconds=30) as connection:
        error, _, _, _ = connection.produce(topic, 0, records)
        if policy == "compact":
            assert error in (INVALID_RECORD, CORRUPT_MESSAGE, MESSAGE_TOO_LARGE)
        # A search by time would have to look inside a batch that was stored.
        body = struct.pack(">i", -1) + array([string(topic) + array([struct.pack(">iq", 0, 1)])])
        connection.call(LIST_OFFSETS, 1, body)
        assert hardened.resident_bytes() < before + (200 << 20)


def test_compressed_garbage(hardened, name):
    """Bytes that no codec understands, under a correct CRC: refused, or kept as they are, but never a crash."""
    topic = f"{name}-garbage"
    create_topic(hardened, topic, config={"cleanup.policy": "compact"})
    chance = random.Random(1)
    with Connection(hardened) as connection:
        for codec in (1, 2, 3, 4):
            for size in (0, 1, 10, 1000):
                records = batch([b"x"], codec=codec, payload=chance.randbytes(size))
                assert connection.produce(topic, 0, records)[0] in (INVALID_RECORD, CORRUPT_MESSAGE)
            whole = gzip.compress(b"x" * 1000)
            assert connection.produce(topic, 0, batch([b"x"], codec=codec, payload=whole[:-5]))[0] != 0
        assert connection.fetch(topic, 0, 0)[1] == 0


def test_random_requests(hardened):
    """Every API in every version with bodies of random bytes, and good requests with bytes changed."""
    seed = int(os.environ.get("COMPATIBILITY_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    with Connection(hardened) as connection:
        _, served = connection.api_versions()
    good = [
        request(PRODUCE, 7, produce_body("nowhere", 0, batch([b"x"] * 3))),
        request(FETCH, 5, fetch_body([("nowhere", 0, 0)], 0, 1, 100, 100)),
    ]
    for number in range(3000):
        if number % 3 == 0:
            raw = bytearray(chance.choice(good))
            for _ in range(chance.randint(1, 4)):
                raw[chance.randrange(4, len(raw))] = chance.randrange(256)
        else:
            key = chance.choice(list(served))
            # 19: no topics are to be made of random names.
            if key in (3, 19):
                continue
            raw = request(key, chance.randint(*served[key]), chance.randbytes(chance.randrange(60)))
        with socket.create_connection(("127.0.0.1", hardened.port), timeout=10) as plain:
            plain.sendall(raw)
            if number % 10 == 0:
                plain.shutdown(socket.SHUT_WR)
                while plain.recv(1 << 16):
                    pass


# -- Too much at once


def test_a_reader_that_does_not_read_costs_nobody_else(make_server, name):
    """A client asks for far more than it takes. Others are served at speed, and its responses do not pile up."""
    server = make_server()
    create_topic(server, name)
    produce(server, name, [os.urandom(1000)] * 40_000, message_max_bytes=1_000_000)  # 40 MB
    before = server.resident_bytes()
    stalled = []
    for _ in range(10):
        connection = Connection(server)
        connection.socket.settimeout(0.5)
        try:
            for _ in range(200):
                connection.send(FETCH, 5, fetch_body([(name, 0, 0)], 0, 1, 30 << 20, 30 << 20))
        except TimeoutError:
            pass  # held back by TCP, as it should be
        stalled.append(connection)
    errors = []
    other = producer(server, acks="all", message_timeout_ms=5000)
    for i in range(200):
        other.produce(f"{name}-other", b"%d" % i, on_delivery=lambda error, _: error and errors.append(error))
        other.flush(5)
    assert not errors
    assert len(read_partition(server, name, 40_000)) == 40_000
    assert server.resident_bytes() < before + (200 << 20)
    for connection in stalled:
        connection.socket.close()
    eventually(lambda: server.open_sockets() < 12, 10, what="the stalled connections closed")


def test_five_hundred_connections_at_once(server, name):
    create_topic(server, name, 4)
    before = server.open_sockets()
    connections = [Connection(server, seconds=30) for _ in range(500)]
    for number, connection in enumerate(connections):
        connection.send(PRODUCE, 7, produce_body(name, number % 4, batch([b"%d" % number])))
    for connection in connections:
        assert connection.receive() is not None
    found = []
    for partition in range(4):
        data = connections[0].fetch(name, partition, 0)[3]
        found += [b.raw for b in batches_of(data)]
    assert len(found) == 500
    for connection in connections:
        connection.socket.close()
    eventually(lambda: server.open_sockets() <= before + 5, 10, what="all connections closed")


def test_many_requests_on_one_connection_without_reading(server, name):
    create_topic(server, name)
    with Connection(server) as connection:
        sent = [connection.send(PRODUCE, 7, produce_body(name, 0, batch([b"x"]))) for _ in range(2000)]
        assert [connection.receive()[0] for _ in sent] == sent
        assert connection.fetch(name, 0, 0)[1] == 2000
