package peer;

/** The limits of schemas/inbound.py. */
final class Contract {
    static final long MOST_MINOR = 1_000_000_000_000L;

    private Contract() {}

    static boolean id(String text) {
        return text(text, 128);
    }

    static boolean optionalId(String text) {
        return text == null || id(text);
    }

    static boolean optionalName(String text) {
        return text == null || text(text, 256);
    }

    static boolean text(String text, int most) {
        return text != null && !text.isEmpty() && text.length() <= most;
    }

    static boolean amount(long minor) {
        return minor >= 0 && minor <= MOST_MINOR;
    }

    static boolean signed(long minor) {
        return minor >= -MOST_MINOR && minor <= MOST_MINOR;
    }
}
