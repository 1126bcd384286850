"""aiokafka: an independent implementation of the protocol with requests of its own age."""

import asyncio
import time

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError, OffsetOutOfRangeError, TopicAlreadyExistsError, for_code


def run(story, seconds=60):
    return asyncio.run(asyncio.wait_for(story, seconds))


async def create(server, topic, partitions=1):
    admin = AIOKafkaAdminClient(bootstrap_servers=server.address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()


async def produce(server, topic, values, partition=0, **options):
    async with AIOKafkaProducer(bootstrap_servers=server.address, **options) as client:
        return [(await (await client.send(topic, v, partition=partition))).offset for v in values]


def reader(server, **options):
    options.setdefault("auto_offset_reset", "earliest")
    return AIOKafkaConsumer(bootstrap_servers=server.address, **options)


async def take(client, count):
    return [await asyncio.wait_for(client.getone(), 20) for _ in range(count)]


@pytest.mark.parametrize("options", [{"acks": 1}, {"acks": "all"}, {"enable_idempotence": True}], ids=str)
def test_produce_and_consume(server, name, options):
    async def story():
        await create(server, name, 2)
        values = [b"%d" % i for i in range(200)]
        assert await produce(server, name, values, 1, **options) == list(range(200))
        client = reader(server)
        client.assign([TopicPartition(name, 1)])
        async with client:
            assert [(m.offset, m.value) for m in await take(client, 200)] == list(enumerate(values))

    run(story())


def test_headers_timestamps_and_seek(server, name):
    async def story():
        async with AIOKafkaProducer(bootstrap_servers=server.address) as client:
            for i in range(10):
                await client.send_and_wait(
                    name, b"%d" % i, b"k", timestamp_ms=1_600_000_000_000 + 1000 * i, headers=[("h", b"%d" % i)])
        partition = TopicPartition(name, 0)
        client = reader(server)
        client.assign([partition])
        async with client:
            first = (await take(client, 1))[0]
            assert (first.key, first.headers, first.timestamp) == (b"k", (("h", b"0"),), 1_600_000_000_000)
            client.seek(partition, 7)
            assert (await take(client, 1))[0].offset == 7
            assert await client.end_offsets([partition]) == {partition: 10}
            assert await client.beginning_offsets([partition]) == {partition: 0}
            found = (await client.offsets_for_times({partition: 1_600_000_003_500}))[partition]
            assert (found.offset, found.timestamp) == (4, 1_600_000_004_000)

    run(story())


def test_offset_out_of_range(server, name):
    async def story():
        await produce(server, name, [b"x"])
        client = reader(server, auto_offset_reset="none")
        client.assign([TopicPartition(name, 0)])
        async with client:
            client.seek(TopicPartition(name, 0), 999)
            with pytest.raises(OffsetOutOfRangeError):
                await take(client, 1)

    run(story())


def test_message_too_large(server, name):
    async def story():
        await create(server, name)
        with pytest.raises(MessageSizeTooLargeError):
            await produce(server, name, [b"x" * 2_000_000], max_request_size=4_000_000)
        assert await produce(server, name, [b"small"]) == [0]

    run(story())


def test_group_shares_and_resumes(server, name):
    async def story():
        await create(server, name, 4)
        for partition in range(4):
            await produce(server, name, [b"x"] * 25, partition)
        options = {"group_id": f"{name}-group", "enable_auto_commit": False, "heartbeat_interval_ms": 300}
        first, second = reader(server, **options), reader(server, **options)
        await first.start()
        first.subscribe([name])
        await take(first, 100)
        await first.commit()
        await second.start()
        second.subscribe([name])
        deadline = time.monotonic() + 20
        while not (len(first.assignment()) == len(second.assignment()) == 2):
            assert time.monotonic() < deadline, (first.assignment(), second.assignment())
            await asyncio.sleep(0.05)
        assert not first.assignment() & second.assignment()
        for partition in first.assignment() | second.assignment():
            owner = first if partition in first.assignment() else second
            assert await owner.committed(partition) == 25
        await first.stop()
        while len(second.assignment()) != 4:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        await second.stop()

    run(story())


def test_admin(server, name):
    async def story():
        await create(server, name, 2)
        admin = AIOKafkaAdminClient(bootstrap_servers=server.address)
        await admin.start()
        try:
            again = await admin.create_topics([NewTopic(name, 2, 1)])
            assert for_code(again.topic_errors[0][1]) is TopicAlreadyExistsError
            await admin.create_partitions({name: NewPartitions(3)})
            (description,) = await admin.describe_topics([name])
            assert len(description["partitions"]) == 3
            (configs,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
            assert "cleanup.policy" in [entry[0] for entry in configs.resources[0][4]]
            await produce(server, name, [b"x"] * 3)
            async with reader(server, group_id=f"{name}-group") as client:
                client.subscribe([name])
                await take(client, 3)
                assert (f"{name}-group", "consumer") in await admin.list_consumer_groups()
                (group,) = await admin.describe_consumer_groups([f"{name}-group"])
                assert group.groups[0][2] == "Stable"
            offsets = await admin.list_consumer_group_offsets(f"{name}-group")
            assert offsets[TopicPartition(name, 0)].offset == 3
            await admin.delete_topics([name])
            assert name not in await admin.list_topics()
        finally:
            await admin.close()

    run(story())
