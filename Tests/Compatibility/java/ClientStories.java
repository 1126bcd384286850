import java.time.Duration;
import java.util.*;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

/** Stories for the Java clients: {@code java ClientStories.java STORY ADDRESS TOPIC}. Ends with 0 or with a trace. */
public final class ClientStories {
    private static String address;
    private static String topic;

    public static void main(String[] arguments) throws Exception {
        address = arguments[1];
        topic = arguments[2];
        switch (arguments[0]) {
            case "records" -> records();
            case "group" -> group();
            case "administration" -> administration();
            case "transactions_refused" -> transactionsRefused();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static Properties properties(Object... pairs) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", address);
        for (int i = 0; i < pairs.length; i += 2) properties.put(pairs[i], pairs[i + 1]);
        return properties;
    }

    private static KafkaProducer<String, String> producer(Object... pairs) {
        return new KafkaProducer<>(properties(pairs), new StringSerializer(), new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer(Object... pairs) {
        Properties properties = properties(pairs);
        properties.putIfAbsent("auto.offset.reset", "earliest");
        properties.putIfAbsent("enable.auto.commit", "false");
        return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    }

    private static void check(boolean condition, Object what) {
        if (!condition) throw new AssertionError(what);
    }

    private static List<ConsumerRecord<String, String>> take(KafkaConsumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (records.size() < count) {
            check(System.nanoTime() < deadline, records.size() + " of " + count + " records");
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
        }
        return records;
    }

    private static void create(int partitions) throws Exception {
        try (Admin admin = Admin.create(properties())) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
        }
    }

    /** The idempotent producer, with every codec; order, timestamps and headers at the other end. */
    private static void records() throws Exception {
        create(1);
        int number = 0;
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            try (KafkaProducer<String, String> producer = producer("compression.type", codec, "linger.ms", 5)) {
                for (int i = 0; i < 1000; i++) {
                    ProducerRecord<String, String> record =
                            new ProducerRecord<>(topic, 0, 1_600_000_000_000L + number, "k", "" + number++);
                    record.headers().add("codec", codec.getBytes());
                    producer.send(record);
                }
            }
        }
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<String, String> consumer = consumer()) {
            consumer.assign(List.of(partition));
            List<ConsumerRecord<String, String>> records = take(consumer, number);
            for (int i = 0; i < number; i++) {
                ConsumerRecord<String, String> record = records.get(i);
                check(record.offset() == i && record.value().equals("" + i), record);
                check(record.timestamp() == 1_600_000_000_000L + i && record.headers().toArray().length == 1, record);
            }
            check(consumer.endOffsets(List.of(partition)).get(partition) == number, "end");
            var found = consumer.offsetsForTimes(Map.of(partition, 1_600_000_002_500L)).get(partition);
            check(found.offset() == 2500, found);
        }
    }

    /** A cooperative group of two in one process; committed offsets. */
    private static void group() throws Exception {
        create(4);
        try (KafkaProducer<String, String> producer = producer()) {
            for (int i = 0; i < 400; i++) producer.send(new ProducerRecord<>(topic, i % 4, null, "" + i));
        }
        Object[] options = {
            "group.id", topic + "-group", "heartbeat.interval.ms", 300,
            "partition.assignment.strategy", CooperativeStickyAssignor.class.getName()};
        try (KafkaConsumer<String, String> first = consumer(options); KafkaConsumer<String, String> second = consumer(options)) {
            first.subscribe(List.of(topic));
            take(first, 400);
            first.commitSync();
            second.subscribe(List.of(topic));
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (first.assignment().size() != 2 || second.assignment().size() != 2) {
                check(System.nanoTime() < deadline, first.assignment() + " " + second.assignment());
                check(first.poll(Duration.ofMillis(50)).isEmpty(), "read twice");
                check(second.poll(Duration.ofMillis(50)).isEmpty(), "read twice");
            }
            for (TopicPartition partition : second.assignment())
                check(second.committed(Set.of(partition)).get(partition).offset() == 100, partition);
        }
    }

    private static void administration() throws Exception {
        create(2);
        try (Admin admin = Admin.create(properties())) {
            check(admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size() == 2, "topic");
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get();
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            var set = new AlterConfigOp(new ConfigEntry("retention.ms", "1234567"), AlterConfigOp.OpType.SET);
            admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
            Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
            check(config.get("retention.ms").value().equals("1234567"), config.get("retention.ms"));
            check(config.get("cleanup.policy").isDefault(), config.get("cleanup.policy"));
            check(!admin.describeCluster().clusterId().get().isEmpty(), "cluster id");
            check(admin.describeCluster().nodes().get().size() == 1, "nodes");
            check(!admin.describeLogDirs(List.of(admin.describeCluster().controller().get().id()))
                    .allDescriptions().get().isEmpty(), "log directories");
            try (KafkaProducer<String, String> producer = producer()) {
                for (int i = 0; i < 10; i++) producer.send(new ProducerRecord<>(topic, 0, null, "" + i));
            }
            TopicPartition partition = new TopicPartition(topic, 0);
            var offsets = admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp())).all().get();
            check(offsets.get(partition).offset() >= 0, offsets);
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4))).all().get();
            String group = topic + "-group";
            admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(7))).all().get();
            var committed = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
            check(committed.get(partition).offset() == 7, committed);
            check(admin.listConsumerGroups().all().get().stream().anyMatch(g -> g.groupId().equals(group)), "groups");
            admin.describeConsumerGroups(List.of(group)).all().get();
            admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get();
            admin.deleteTopics(List.of(topic)).all().get();
            check(!admin.listTopics().names().get().contains(topic), "deleted");
        } catch (ExecutionException error) {
            throw new AssertionError(error.getCause());
        }
    }

    /** Until transactions are served: an error at once, no hanging. */
    private static void transactionsRefused() {
        long started = System.nanoTime();
        try (KafkaProducer<String, String> producer = producer("transactional.id", topic, "max.block.ms", 20_000)) {
            producer.initTransactions();
            throw new AssertionError("transactions accepted");
        } catch (KafkaException error) {
            check(error instanceof org.apache.kafka.common.errors.TransactionalIdAuthorizationException, error);
        }
        check(System.nanoTime() - started < Duration.ofSeconds(10).toNanos(), "refused too late");
    }
}
