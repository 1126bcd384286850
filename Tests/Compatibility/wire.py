"""A Kafka connection of our own, for what no client library would send: raw frames in, raw frames out."""

import socket
import struct

PRODUCE, FETCH, LIST_OFFSETS, METADATA, API_VERSIONS, INIT_PRODUCER_ID = 0, 1, 2, 3, 18, 22


class Reader:
    """Reads the fields of a response, big-endian."""

    def __init__(self, data):
        self.data = data
        self.position = 0

    def take(self, count):
        assert self.position + count <= len(self.data), "response ends too early"
        piece = self.data[self.position : self.position + count]
        self.position += count
        return piece

    def int8(self):
        return struct.unpack(">b", self.take(1))[0]

    def int16(self):
        return struct.unpack(">h", self.take(2))[0]

    def int32(self):
        return struct.unpack(">i", self.take(4))[0]

    def int64(self):
        return struct.unpack(">q", self.take(8))[0]

    def string(self):
        length = self.int16()
        return None if length < 0 else self.take(length).decode()

    def bytes(self):
        length = self.int32()
        return None if length < 0 else self.take(length)

    def array(self, element):
        return [element() for _ in range(self.int32())]


def string(text):
    if text is None:
        return struct.pack(">h", -1)
    encoded = text.encode()
    return struct.pack(">h", len(encoded)) + encoded


def data(value):
    return struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value


def array(elements):
    return struct.pack(">i", len(elements)) + b"".join(elements)


class Connection:
    """One TCP connection. Requests use versions before the flexible ones, so that the bytes stay readable."""

    def __init__(self, server, seconds=10.0):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=seconds)
        self.correlation = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send_bytes(self, raw):
        self.socket.sendall(raw)

    def send(self, key, version, body):
        """Sends a request, and returns its correlation id."""
        self.correlation += 1
        header = struct.pack(">hhi", key, version, self.correlation) + string("compatibility")
        self.send_bytes(struct.pack(">i", len(header) + len(body)) + header + body)
        return self.correlation

    def receive(self):
        """The next response as (correlation id, reader), or None if the server has closed the connection."""
        length = self._exactly(4)
        if length is None:
            return None
        frame = self._exactly(struct.unpack(">i", length)[0])
        reader = Reader(frame)
        return reader.int32(), reader

    def call(self, key, version, body):
        correlation = self.send(key, version, body)
        got = self.receive()
        assert got is not None, "connection closed instead of a response"
        assert got[0] == correlation, "response to another request"
        return got[1]

    def is_closed_by_server(self):
        """Waits until the server has closed the connection; a response before that is a failure."""
        try:
            got = self.socket.recv(1)
        except ConnectionResetError:
            return True
        return got == b""

    def _exactly(self, count):
        got = b""
        while len(got) < count:
            try:
                piece = self.socket.recv(count - len(got))
            except ConnectionResetError:
                return None
            if not piece:
                return None
            got += piece
        return got

    # -- Requests that several tests need

    def api_versions(self):
        reader = self.call(API_VERSIONS, 0, b"")
        error = reader.int16()
        return error, {key: (low, high) for key, low, high in reader.array(
            lambda: (reader.int16(), reader.int16(), reader.int16()))}

    def produce(self, topic, partition, records, acks=-1, version=7):
        """One partition's records; the answer as (error, base offset, log append time, log start offset)."""
        reader = self.call(PRODUCE, version, produce_body(topic, partition, records, acks))
        assert reader.int32() == 1 and reader.string() == topic
        assert reader.int32() == 1 and reader.int32() == partition
        answer = (reader.int16(), reader.int64(), reader.int64(), reader.int64())
        reader.int32()  # throttle time
        return answer

    def fetch(self, topic, partition, offset, wait_ms=0, bytes_min=1, bytes_max=1 << 20, partition_bytes_max=None):
        """One partition's records; the answer as (error, high watermark, log start offset, bytes)."""
        return self.fetch_many(
            [(topic, partition, offset)], wait_ms, bytes_min, bytes_max, partition_bytes_max)[topic, partition]

    def fetch_many(self, wanted, wait_ms=0, bytes_min=1, bytes_max=1 << 20, partition_bytes_max=None):
        body = fetch_body(wanted, wait_ms, bytes_min, bytes_max, partition_bytes_max or bytes_max)
        return parse_fetch(self.call(FETCH, 5, body))


def produce_body(topic, partition, records, acks=-1, timeout_ms=10_000):
    part = struct.pack(">i", partition) + data(records)
    return string(None) + struct.pack(">hi", acks, timeout_ms) + array([string(topic) + array([part])])


def fetch_body(wanted, wait_ms, bytes_min, bytes_max, partition_bytes_max):
    topics = [
        string(topic) + array([struct.pack(">iqqi", partition, offset, -1, partition_bytes_max)])
        for topic, partition, offset in wanted
    ]
    return struct.pack(">iiiib", -1, wait_ms, bytes_min, bytes_max, 0) + array(topics)


def parse_fetch(reader):
    reader.int32()  # throttle time
    found = {}
    for _ in range(reader.int32()):
        topic = reader.string()
        for _ in range(reader.int32()):
            partition, error = reader.int32(), reader.int16()
            high_watermark, _, log_start = reader.int64(), reader.int64(), reader.int64()
            aborted = reader.int32()
            assert aborted <= 0
            found[topic, partition] = (error, high_watermark, log_start, reader.bytes() or b"")
    return found


