"""Every client writes with every codec, every client reads what the others wrote; the broker keeps the batches as sent."""

import asyncio
import subprocess

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka import TopicPartition as AIOTopicPartition

from batches import CODECS, stored_batches
from confluent import create_topic, producer, read_partition
from kafka_python_versions import NEWEST, OLD, run_scenario

COUNT = 100
VALUES = [b"%d %s" % (i, b"z" * 100) for i in range(COUNT)]
KEYS = [b"%d" % i for i in range(COUNT)]


def write_confluent(server, topic, codec, partition):
    client = producer(server, compression_type=codec, linger_ms=100)
    for key, value in zip(KEYS, VALUES):
        client.produce(topic, value, key, partition)
    assert client.flush(20) == 0


def read_confluent(server, topic, partitions):
    for partition in range(partitions):
        messages = read_partition(server, topic, COUNT, partition)
        assert [(m.key(), m.value()) for m in messages] == list(zip(KEYS, VALUES)), f"partition {partition}"


def write_kcat(server, topic, codec, partition):
    lines = b"".join(key + b":" + value + b"\n" for key, value in zip(KEYS, VALUES))
    subprocess.run(
        ["kcat", "-b", server.address, "-P", "-t", topic, "-p", str(partition), "-K:", "-z", codec], input=lines,
        check=True, timeout=30)


def read_kcat(server, topic, partitions):
    for partition in range(partitions):
        out = subprocess.run(
            ["kcat", "-b", server.address, "-C", "-q", "-t", topic, "-p", str(partition), "-e", "-K:"],
            check=True, capture_output=True, timeout=30).stdout
        assert out.splitlines() == [k + b":" + v for k, v in zip(KEYS, VALUES)], f"partition {partition}"


def write_aiokafka(server, topic, codec, partition):
    async def write():
        client = AIOKafkaProducer(
            bootstrap_servers=server.address, compression_type=None if codec == "none" else codec, linger_ms=50)
        async with client:
            for sent in [await client.send(topic, v, k, partition) for k, v in zip(KEYS, VALUES)]:
                await sent

    asyncio.run(asyncio.wait_for(write(), 30))


def read_aiokafka(server, topic, partitions):
    async def read():
        client = AIOKafkaConsumer(bootstrap_servers=server.address, auto_offset_reset="earliest")
        client.assign([AIOTopicPartition(topic, p) for p in range(partitions)])
        rows = [[] for _ in range(partitions)]
        async with client:
            while sum(map(len, rows)) < partitions * COUNT:
                message = await client.getone()
                rows[message.partition].append((message.key, message.value))
        for partition in range(partitions):
            assert rows[partition] == list(zip(KEYS, VALUES)), f"partition {partition}"

    asyncio.run(asyncio.wait_for(read(), 30))


def kafka_python(version):
    def write(server, topic, codec, partition):
        run_scenario(version, "write_codec", server.address, topic, codec, partition)

    def read(server, topic, partitions):
        run_scenario(version, "read_codec", server.address, topic, "-", partitions)

    return write, read


CLIENTS = {
    "kcat": (write_kcat, read_kcat),
    "confluent-kafka": (write_confluent, read_confluent),
    f"kafka-python {OLD}": kafka_python(OLD),
    f"kafka-python {NEWEST}": kafka_python(NEWEST),
    "aiokafka": (write_aiokafka, read_aiokafka),
}


@pytest.mark.parametrize("codec", CODECS)
def test_all_write_all_read(server, name, codec):
    create_topic(server, name, len(CLIENTS))
    for partition, (client, (write, _)) in enumerate(CLIENTS.items()):
        write(server, name, codec, partition)
        kept = stored_batches(server, name, partition)
        assert sum(b.count for b in kept) == COUNT, client
        assert any(b.codec == CODECS[codec] for b in kept), f"{client} wrote {codec}, kept is {[b.codec for b in kept]}"
        assert all(b.is_intact() and b.magic == 2 for b in kept), client
    for _, read in CLIENTS.values():
        read(server, name, len(CLIENTS))
