package peer;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Bytes in, a decoder by hand, the state as one record of bytes. */
final class Tuned extends Ending<byte[], byte[], byte[], byte[]> {
    private final OrderDecoder order = new OrderDecoder();
    private KeyValueStore<byte[], byte[]> states;

    Tuned(Course course, Map<Integer, Long> ends) {
        super(course, ends);
    }

    @Override public void init(ProcessorContext<byte[], byte[]> context) {
        super.init(context);
        states = context.getStateStore(Main.STORE);
    }

    @Override boolean take(Record<byte[], byte[]> record) {
        if (!order.decode(record.value())) return false;
        byte[] key = order.customer.getBytes(StandardCharsets.UTF_8), before = states.get(key);
        byte[] state = before == null ? State.before(order.seconds) : before.clone();
        int was = State.apply(state, State.idEnd(order.id), order.seconds, order.amount);
        if (was == State.REPEATED) return false;
        states.put(key, state);
        if (was == state[1]) return false;
        context().forward(record.withKey(key).withValue(change(was, state)));
        return true;
    }

    private byte[] change(int was, byte[] state) {
        String json = "{\"event_id\":\"" + order.id + "\",\"customer_id\":\"" + order.customer + "\",\"time\":\"" + order.time
            + "\",\"from_tier\":\"" + State.TIERS[was] + "\",\"to_tier\":\"" + State.TIERS[state[1]]
            + "\",\"spend_minor\":" + State.spend(state) + ",\"orders\":" + State.orders(state) + "}";
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
