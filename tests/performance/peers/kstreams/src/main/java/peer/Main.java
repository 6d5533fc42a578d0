package peer;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** Kafka Streams as one row of the comparison. */
public final class Main {
    static final String STORE = "customers";
    private static final ObjectMapper JSON = new ObjectMapper().registerModule(new JavaTimeModule())
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS).disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE);
    private static final String CACHE_BYTES = "67108864";

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        Task task = Task.given();
        Course course = new Course(task.events());
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", task.kafka()))) {
            Map<Integer, Long> ends = ends(admin, task.log());
            KafkaStreams streams = new KafkaStreams(task.tuned() ? tuned(task, course, ends) : documented(task, course, ends), settings(task));
            streams.setUncaughtExceptionHandler(error -> {
                error.printStackTrace();
                Runtime.getRuntime().halt(1);
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            });
            streams.start();
            while (!course.over()) Thread.sleep(1);
            while (committed(admin, task) < task.events()) Thread.sleep(5);
            long done = System.nanoTime();
            System.out.println(task.tuned() ? tunedAnswer(streams, course, done) : documentedAnswer(streams, course, done));
            System.out.flush();
            Runtime.getRuntime().halt(0);
        }
    }

    private static Topology tuned(Task task, Course course, Map<Integer, Long> ends) {
        return new Topology()
            .addSource("log", new ByteArrayDeserializer(), new ByteArrayDeserializer(), task.log())
            .addProcessor("tiers", () -> new Tuned(course, ends), "log")
            .addStateStore(store(task, Serdes.ByteArray(), Serdes.ByteArray()).withCachingEnabled(), "tiers")
            .addSink("changes", task.changes(), new ByteArraySerializer(), new ByteArraySerializer(), "tiers");
    }

    private static Topology documented(Task task, Course course, Map<Integer, Long> ends) {
        return new Topology()
            .addSource("log", new StringDeserializer(), json(Documented.Event.class).deserializer(), task.log())
            .addProcessor("tiers", () -> new Documented(course, ends), "log")
            .addStateStore(store(task, Serdes.String(), json(Documented.Customer.class)), "tiers")
            .addSink("changes", task.changes(), new StringSerializer(), json(Documented.TierChange.class).serializer(), "tiers");
    }

    private static <K, V> StoreBuilder<KeyValueStore<K, V>> store(Task task, Serde<K> key, Serde<V> value) {
        KeyValueBytesStoreSupplier supplier = task.inMemory() ? Stores.inMemoryKeyValueStore(STORE) : Stores.persistentKeyValueStore(STORE);
        return Stores.keyValueStoreBuilder(supplier, key, value);
    }

    private static <T> Serde<T> json(Class<T> type) {
        return Serdes.serdeFrom((topic, value) -> {
            try {
                return value == null ? null : JSON.writeValueAsBytes(value);
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        }, (topic, bytes) -> {
            try {
                return bytes == null ? null : JSON.readValue(bytes, type);
            } catch (Exception error) {
                return null;
            }
        });
    }

    private static Properties settings(Task task) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, task.run());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, task.kafka());
        settings.put(StreamsConfig.STATE_DIR_CONFIG, task.directory());
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.ACKS_CONFIG), "all");
        if (task.exactlyOnce()) settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        if (task.tuned()) {
            settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
            settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, "10000");
            settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), "5000");
            settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), "4194304");
            settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), "524288");
            settings.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), "134217728");
        }
        return settings;
    }

    private static Map<Integer, Long> ends(Admin admin, String topic) throws Exception {
        int partitions = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (int each = 0; each < partitions; each++) asked.put(new TopicPartition(topic, each), OffsetSpec.latest());
        Map<Integer, Long> ends = new HashMap<>();
        admin.listOffsets(asked).all().get().forEach((partition, offset) -> ends.put(partition.partition(), offset.offset()));
        return ends;
    }

    private static long committed(Admin admin, Task task) throws Exception {
        return admin.listConsumerGroupOffsets(task.run()).partitionsToOffsetAndMetadata().get().entrySet().stream()
            .filter(each -> each.getKey().topic().equals(task.log()) && each.getValue() != null)
            .mapToLong(each -> each.getValue().offset()).sum();
    }

    private static String tunedAnswer(KafkaStreams streams, Course course, long done) {
        long customers = 0, spend = 0, orders = 0;
        var states = streams.store(StoreQueryParameters.fromNameAndType(STORE, QueryableStoreTypes.<byte[], byte[]>keyValueStore()));
        try (var all = states.all()) {
            for (; all.hasNext(); customers++) {
                byte[] state = all.next().value;
                spend += State.spend(state);
                orders += State.orders(state);
            }
        }
        return course.answer(done, customers, spend, orders);
    }

    private static String documentedAnswer(KafkaStreams streams, Course course, long done) {
        long customers = 0, spend = 0, orders = 0;
        var states = streams.store(StoreQueryParameters.fromNameAndType(STORE, QueryableStoreTypes.<String, Documented.Customer>keyValueStore()));
        try (var all = states.all()) {
            for (; all.hasNext(); customers++) {
                Documented.Customer customer = all.next().value;
                spend += customer.spend;
                orders += customer.orders;
            }
        }
        return course.answer(done, customers, spend, orders);
    }
}
