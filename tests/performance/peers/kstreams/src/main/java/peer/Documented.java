package peer;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** As its documentation shows it: typed events and a typed state, both as JSON by Jackson's databind. */
final class Documented extends Ending<String, Documented.Event, String, Documented.TierChange> {
    record Line(String sku, double quantity, @JsonProperty("amount_minor") Long amountMinor, String name, String category) {
        boolean valid() {
            return Contract.id(sku) && quantity > 0 && amountMinor != null && Contract.signed(amountMinor)
                && Contract.optionalName(name) && Contract.optionalName(category);
        }
    }

    record Order(@JsonProperty("order_id") String orderId, @JsonProperty("amount_minor") Long amountMinor, String currency,
                 String channel, @JsonProperty("store_id") String storeId, List<Line> lines) {
        boolean valid() {
            return Contract.id(orderId) && amountMinor != null && Contract.amount(amountMinor) && Contract.id(currency)
                && Contract.id(channel) && Contract.optionalId(storeId) && (lines == null || lines.stream().allMatch(Line::valid));
        }
    }

    record Event(String type, String specversion, String id, String source, String subject, OffsetDateTime time, Order data) {
        boolean valid() {
            return "order.paid.v1".equals(type) && "1.0".equals(specversion) && Contract.id(id) && Contract.text(source, 1024)
                && Contract.id(subject) && time != null && data != null && data.valid();
        }
    }

    record TierChange(@JsonProperty("event_id") String eventId, @JsonProperty("customer_id") String customerId, OffsetDateTime time,
                      @JsonProperty("from_tier") String fromTier, @JsonProperty("to_tier") String toTier,
                      @JsonProperty("spend_minor") long spendMinor, int orders) {}

    static final class Customer {
        public int tier, newest, orders, place;
        public long spend;
        public long[] weeks = new long[State.WEEKS];
        public String[] ids = new String[State.IDS];
    }

    private KeyValueStore<String, Customer> customers;

    Documented(Course course, Map<Integer, Long> ends) {
        super(course, ends);
    }

    @Override public void init(ProcessorContext<String, TierChange> context) {
        super.init(context);
        customers = context.getStateStore(Main.STORE);
    }

    @Override boolean take(Record<String, Event> record) {
        Event event = record.value();
        if (event == null || !event.valid()) return false;
        int week = (int) (event.time().toEpochSecond() / State.WEEK);
        Customer customer = customers.get(event.subject());
        if (customer == null) {
            customer = new Customer();
            customer.newest = week;
        }
        if (Arrays.asList(customer.ids).contains(event.id()) || week <= customer.newest - State.WEEKS) return false;
        int was = customer.tier;
        add(customer, event, week);
        customers.put(event.subject(), customer);
        if (customer.tier == was) return false;
        context().forward(record.withKey(event.subject()).withValue(new TierChange(event.id(), event.subject(), event.time(),
            State.TIERS[was], State.TIERS[customer.tier], customer.spend, customer.orders)));
        return true;
    }

    private static void add(Customer customer, Event event, int week) {
        for (int each = Math.max(customer.newest + 1, week - State.WEEKS + 1); each <= week; each++) {
            customer.spend -= customer.weeks[each % State.WEEKS];
            customer.weeks[each % State.WEEKS] = 0;
        }
        customer.newest = Math.max(customer.newest, week);
        customer.weeks[week % State.WEEKS] += event.data().amountMinor();
        customer.spend += event.data().amountMinor();
        customer.orders++;
        customer.ids[customer.place] = event.id();
        customer.place = (customer.place + 1) % State.IDS;
        customer.tier = State.tier(customer.spend);
    }
}
