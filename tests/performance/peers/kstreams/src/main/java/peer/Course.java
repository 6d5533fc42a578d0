package peer;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** When the first event came, a third of them, all; `System.nanoTime()` is the clock that Python calls monotonic. */
final class Course {
    private final long events;
    private final AtomicLong count = new AtomicLong();
    final LongAdder changes = new LongAdder();
    private volatile long first, third;
    private volatile boolean all;

    Course(long events) {
        this.events = events;
    }

    /** After the work on an event; the first one's moment is that of `began`. */
    void passed() {
        long passed = count.incrementAndGet();
        if (passed == events / 3) third = System.nanoTime();
        if (passed == events) all = true;
    }

    /** Before the work on an event. */
    void began() {
        if (first == 0) first = System.nanoTime();
    }

    boolean over() {
        return all;
    }

    String answer(long done, long customers, long spend, long applied) {
        return String.format(Locale.ROOT,
            "{\"first\":%.6f,\"third\":%.6f,\"third_count\":%d,\"done\":%.6f,\"count\":%d,\"customers\":%d,\"spend\":%d,\"applied\":%d,\"changes\":%d}",
            first / 1e9, third / 1e9, events / 3, done / 1e9, count.get(), customers, spend, applied, changes.sum());
    }
}
