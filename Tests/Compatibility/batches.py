"""Record batches of magic 2 as bytes, right ones and deliberately wrong ones, and a reader of segment files.

    base offset 8 | length 4 | leader epoch 4 | magic 1 | CRC-32C 4 | attributes 2 | last offset delta 4 |
    base timestamp 8 | max timestamp 8 | producer id 8 | producer epoch 2 | base sequence 4 | count 4 | records
"""

import struct
import time

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
HEADER_BYTES = 61


def _crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def varint(value):
    """Zigzag, as the fields of a record are written."""
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def record(offset_delta, value, key=None, timestamp_delta=0):
    body = b"\0" + varint(timestamp_delta) + varint(offset_delta)
    for field in (key, value):
        body += varint(-1) if field is None else varint(len(field)) + field
    body += varint(0)  # no headers
    return varint(len(body)) + body


def batch(
    values, key=None, codec=0, compress=None, timestamp=None, producer=(-1, -1, -1), magic=2, count=None,
    attributes=0, base_offset=0, payload=None,
):
    """A whole batch of one record per value. `compress` turns the records' bytes into the compressed ones."""
    values = list(values)
    timestamp = int(time.time() * 1000) if timestamp is None else timestamp
    if payload is None:
        payload = b"".join(record(i, v, key) for i, v in enumerate(values))
    if compress:
        payload = compress(payload)
    count = len(values) if count is None else count
    covered = struct.pack(
        ">hiqqqhii", attributes | codec, len(values) - 1, timestamp, timestamp, *producer, count) + payload
    return struct.pack(">qiibI", base_offset, 9 + len(covered), -1, magic, crc32c(covered)) + covered


class Batch:
    """The header of a batch, and its bytes."""

    def __init__(self, raw):
        self.raw = raw
        (self.base_offset, self.length, self.leader_epoch, self.magic, self.crc, self.attributes,
         self.last_offset_delta, self.base_timestamp, self.max_timestamp, self.producer_id, self.producer_epoch,
         self.base_sequence, self.count) = struct.unpack(">qiibIhiqqqhii", raw[:HEADER_BYTES])

    @property
    def codec(self):
        return self.attributes & 7

    @property
    def last_offset(self):
        return self.base_offset + self.last_offset_delta

    def is_intact(self):
        return crc32c(self.raw[21:]) == self.crc


def batches_of(data):
    """The whole batches in fetched or stored bytes; a part of one at the end is left out, as clients do."""
    found, position = [], 0
    while position + HEADER_BYTES <= len(data):
        length = 12 + struct.unpack_from(">i", data, position + 8)[0]
        if length < HEADER_BYTES or position + length > len(data):
            break
        found.append(Batch(data[position : position + length]))
        position += length
    return found


def stored_batches(server, topic, partition=0):
    """Every batch in the segment files of a partition, as Kafka names and lays them out."""
    found = []
    for segment in sorted(server.data.glob(f"**/{topic}-{partition}/*.log")):
        found += batches_of(segment.read_bytes())
    return found
