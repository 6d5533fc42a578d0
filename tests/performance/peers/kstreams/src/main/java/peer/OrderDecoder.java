package peer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.LocalDate;
import java.time.OffsetDateTime;

/** An order by Jackson's streaming parser, checked for the contract's types and limits; one instance is used again and again. */
final class OrderDecoder {
    private static final JsonFactory JSON = new JsonFactory();
    String id, customer, time;
    long amount, seconds;
    private String type, version, source, order, currency, channel;
    private boolean valid;

    /** Whether the bytes are an order of the contract; its fields are then set. */
    boolean decode(byte[] value) {
        id = customer = time = type = version = source = order = currency = channel = null;
        amount = -1;
        valid = true;
        try (JsonParser json = JSON.createParser(value)) {
            if (json.nextToken() != JsonToken.START_OBJECT) return false;
            for (String name; (name = json.nextFieldName()) != null; ) envelope(json, name);
            if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) return false;
            return valid && "order.paid.v1".equals(type) && "1.0".equals(version) && Contract.id(id) && Contract.text(source, 1024)
                && Contract.id(customer) && Contract.id(order) && Contract.id(currency) && Contract.id(channel)
                && Contract.amount(amount) && time();
        } catch (IOException | RuntimeException error) {
            return false;
        }
    }

    private void envelope(JsonParser json, String name) throws IOException {
        switch (name) {
            case "type" -> type = json.nextTextValue();
            case "specversion" -> version = json.nextTextValue();
            case "id" -> id = json.nextTextValue();
            case "source" -> source = json.nextTextValue();
            case "subject" -> customer = json.nextTextValue();
            case "time" -> time = json.nextTextValue();
            case "data" -> {
                valid &= json.nextToken() == JsonToken.START_OBJECT;
                for (String field; (field = json.nextFieldName()) != null; ) data(json, field);
            }
            default -> skip(json);
        }
    }

    private void data(JsonParser json, String name) throws IOException {
        switch (name) {
            case "order_id" -> order = json.nextTextValue();
            case "amount_minor" -> amount = integer(json);
            case "currency" -> currency = json.nextTextValue();
            case "channel" -> channel = json.nextTextValue();
            case "store_id" -> valid &= Contract.optionalId(json.nextTextValue());
            case "margin_minor" -> valid &= Contract.signed(integer(json));
            case "discount_minor" -> valid &= Contract.amount(integer(json));
            case "coupon_ids" -> {
                valid &= json.nextToken() == JsonToken.START_ARRAY;
                while (json.nextToken() == JsonToken.VALUE_STRING) valid &= Contract.id(json.getText());
            }
            case "lines" -> {
                valid &= json.nextToken() == JsonToken.START_ARRAY;
                while (json.nextToken() == JsonToken.START_OBJECT) line(json);
            }
            default -> skip(json);
        }
    }

    private void line(JsonParser json) throws IOException {
        String sku = null;
        double quantity = 0;
        long minor = Long.MIN_VALUE;
        for (String name; (name = json.nextFieldName()) != null; ) {
            switch (name) {
                case "sku" -> sku = json.nextTextValue();
                case "quantity" -> {
                    json.nextToken();
                    quantity = json.getDoubleValue();
                }
                case "amount_minor" -> minor = integer(json);
                case "name", "category" -> valid &= Contract.optionalName(json.nextTextValue());
                default -> skip(json);
            }
        }
        valid &= Contract.id(sku) && quantity > 0 && Contract.signed(minor);
    }

    private long integer(JsonParser json) throws IOException {
        valid &= json.nextToken() == JsonToken.VALUE_NUMBER_INT;
        return json.getLongValue();
    }

    private static void skip(JsonParser json) throws IOException {
        json.nextToken();
        json.skipChildren();
    }

    /** yyyy-MM-ddTHH:mm:ssZ by hand, as the log has it; everything else through java.time. */
    private boolean time() {
        if (time == null) return false;
        if (time.length() == 20 && time.charAt(10) == 'T' && time.charAt(19) == 'Z') {
            int hour = two(11), minute = two(14), second = two(17);
            if (hour > 23 || minute > 59 || second > 59) return false;
            long day = LocalDate.of(two(0) * 100 + two(2), two(5), two(8)).toEpochDay();
            seconds = day * 86_400 + hour * 3_600 + minute * 60 + second;
        } else {
            seconds = OffsetDateTime.parse(time).toEpochSecond();
        }
        return true;
    }

    private int two(int at) {
        int tens = time.charAt(at) - '0', ones = time.charAt(at + 1) - '0';
        if (tens < 0 || tens > 9 || ones < 0 || ones > 9) throw new NumberFormatException(time);
        return tens * 10 + ones;
    }
}
