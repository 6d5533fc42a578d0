package peer;

import java.util.Optional;

/** What a peer is asked to do: `Task` of task.py, from the environment, and which of the Kafka Streams rows it is. */
record Task(String kafka, String log, long events, String run, String directory, boolean tuned, boolean exactlyOnce, boolean inMemory) {
    static Task given() {
        return new Task(env("KAFKA"), env("LOG"), Long.parseLong(env("EVENTS")), env("RUN"), env("DIRECTORY"),
            flag("TUNED"), flag("EXACTLY_ONCE"), flag("IN_MEMORY"));
    }

    String changes() {
        return run + "-tier-changes";
    }

    private static String env(String name) {
        return Optional.ofNullable(System.getenv("PEER_" + name)).orElseThrow(() -> new IllegalStateException("PEER_" + name + " is not set"));
    }

    private static boolean flag(String name) {
        return "1".equals(System.getenv("PEER_" + name));
    }
}
