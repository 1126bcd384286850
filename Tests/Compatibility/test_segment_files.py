"""The data directory in Kafka's layout: names, batches, and indexes that say what Kafka's DumpLogSegments checks."""

import os
import struct

from batches import Batch, HEADER_BYTES
from confluent import create_topic, producer

RECORDS = 4000


def positions_of_batches(data):
    """Position → batch."""
    found, position = {}, 0
    while position + HEADER_BYTES <= len(data):
        length = 12 + struct.unpack_from(">i", data, position + 8)[0]
        if length < HEADER_BYTES:
            break  # preallocated and not written yet
        found[position] = Batch(data[position : position + length])
        position += length
    return found


def entries(path, size):
    """The entries of an index; a preallocated one ends in zeros."""
    data = path.read_bytes()
    found = [data[i : i + size] for i in range(0, len(data) - size + 1, size)]
    while found and not any(found[-1]):
        found.pop()
    return found


def test_indexes_point_where_they_should(make_server, name):
    server = make_server()
    create_topic(server, name, config={"segment.bytes": "1048576", "index.interval.bytes": "4096"})
    client = producer(server, batch_size=3000)
    for i in range(RECORDS):
        # Times go forward, with steps back in between.
        client.produce(name, os.urandom(500), timestamp=1_600_000_000_000 + i * 10 - (i % 7) * 25)
        if i % 50 == 0:
            client.flush(10)
    client.flush(10)
    assert server.terminate() == 0

    segments = sorted(server.data.glob(f"**/{name}-0/*.log"))
    assert len(segments) >= 2 and segments[0].name == "0" * 20 + ".log"
    next_offset = 0
    for segment in segments:
        base = int(segment.stem)
        batches = positions_of_batches(segment.read_bytes())
        assert base == next_offset == next(iter(batches.values())).base_offset
        for batch in batches.values():
            assert batch.base_offset == next_offset and batch.is_intact() and batch.magic == 2
            next_offset = batch.last_offset + 1

        offset_entries = [struct.unpack(">ii", e) for e in entries(segment.with_suffix(".index"), 8)]
        assert offset_entries == sorted(offset_entries) and len(offset_entries) > 100_000 // 4096
        for relative_offset, position in offset_entries:
            batch = batches.get(position)
            assert batch is not None, f"{segment.name}: index position {position} is inside a batch"
            assert base + relative_offset == batch.last_offset

        time_entries = [struct.unpack(">qi", e) for e in entries(segment.with_suffix(".timeindex"), 12)]
        assert time_entries == sorted(time_entries) and time_entries
        for timestamp, relative_offset in time_entries:
            holder = next(b for b in batches.values() if b.base_offset <= base + relative_offset <= b.last_offset)
            assert timestamp == holder.max_timestamp
            earlier = [b.max_timestamp for b in batches.values() if b.last_offset < holder.base_offset]
            assert timestamp >= max(earlier, default=0), "a time index entry is the greatest time so far"
    assert next_offset == RECORDS
