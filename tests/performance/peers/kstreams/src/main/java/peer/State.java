package peer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A customer's state of 492 bytes: the record of kernel.py, and the same steps. */
final class State {
    static final int WEEK = 7 * 86_400, WEEKS = 53, IDS = 32;
    static final long SILVER = 200_000, GOLD = 500_000;
    static final String[] TIERS = {"regular", "silver", "gold"};
    static final int REPEATED = -1;
    private static final int NEWEST = 4, SPEND = 8, ORDERS = 16, LAST = 20, FIRST_WEEK = 24, FIRST_ID = FIRST_WEEK + WEEKS * 4;
    private static final int SIZE = FIRST_ID + IDS * 8;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private State() {}

    static byte[] before(long seconds) {
        byte[] state = new byte[SIZE];
        state[0] = 1;
        INT.set(state, NEWEST, (int) (seconds / WEEK));
        return state;
    }

    /** Adds an order; the tier before, or REPEATED when the event changed nothing. */
    static int apply(byte[] state, long idEnd, long seconds, long amount) {
        for (int at = FIRST_ID; at < SIZE; at += 8) if ((long) LONG.get(state, at) == idEnd) return REPEATED;
        int week = (int) (seconds / WEEK), newest = integer(state, NEWEST);
        if (week > newest) forget(state, newest, week);
        else if (week <= newest - WEEKS) return REPEATED;
        int at = FIRST_WEEK + week % WEEKS * 4;
        INT.set(state, at, integer(state, at) + (int) amount);
        LONG.set(state, SPEND, spend(state) + amount);
        INT.set(state, ORDERS, orders(state) + 1);
        INT.set(state, LAST, Math.max(integer(state, LAST), (int) seconds));
        LONG.set(state, FIRST_ID + state[2] * 8, idEnd);
        state[2] = (byte) (state[2] + 1 & IDS - 1);
        int was = state[1];
        state[1] = (byte) tier(spend(state));
        return was;
    }

    private static void forget(byte[] state, int newest, int week) {
        if (week - newest >= WEEKS) {
            Arrays.fill(state, FIRST_WEEK, FIRST_ID, (byte) 0);
            LONG.set(state, SPEND, 0L);
        } else {
            long spend = spend(state);
            for (int each = newest + 1; each <= week; each++) {
                int at = FIRST_WEEK + each % WEEKS * 4;
                spend -= integer(state, at) & 0xffffffffL;
                INT.set(state, at, 0);
            }
            LONG.set(state, SPEND, spend);
        }
        INT.set(state, NEWEST, week);
    }

    static int tier(long spend) {
        return spend >= GOLD ? 2 : spend >= SILVER ? 1 : 0;
    }

    static long spend(byte[] state) {
        return (long) LONG.get(state, SPEND);
    }

    static int orders(byte[] state) {
        return integer(state, ORDERS);
    }

    /** The last eight characters of an id, all of ASCII. */
    static long idEnd(String id) {
        long end = 0;
        int length = id.length();
        for (int j = Math.max(0, 8 - length); j < 8; j++) end |= (long) (id.charAt(length - 8 + j) & 0xff) << 8 * j;
        return end;
    }

    private static int integer(byte[] state, int at) {
        return (int) INT.get(state, at);
    }
}
