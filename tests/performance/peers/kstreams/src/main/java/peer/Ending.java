package peer;

import java.util.Map;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Asks for a commit when the last record of its partition was worked on, so that a run ends durable like all others. */
abstract class Ending<K, V, K2, V2> extends ContextualProcessor<K, V, K2, V2> {
    private final Course course;
    private final Map<Integer, Long> ends;
    private long passed, end;

    Ending(Course course, Map<Integer, Long> ends) {
        this.course = course;
        this.ends = ends;
    }

    @Override public void init(ProcessorContext<K2, V2> context) {
        super.init(context);
        end = ends.getOrDefault(context.taskId().partition(), -1L);
    }

    @Override public final void process(Record<K, V> record) {
        course.began();
        if (take(record)) course.changes.increment();
        course.passed();
        if (++passed == end) context().commit();
    }

    /** The work on one event; whether it changed a tier. */
    abstract boolean take(Record<K, V> record);
}
