"""Every event of operation that a role, a rebuild or a backfill logs: a closed list, each with its meaning.

Where somebody has to do something it says what. Rules over logs go by the names, which stay. What varies is in fields: places,
counts, policies, topics. A customer, a store or anything else that an event says is never among them.
"""

import logging

from service.logs.log_event import LogEvent

_INFO, _WARNING, _ERROR, _FATAL = logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL


STARTING = LogEvent(
    "starting",
    _INFO,
    "{role} is starting: version {version}, {build}, {clock} time, Kafka at {kafka}, {count} partitions, prefix {prefix!r}",
    "A process begins; these are the settings that its work depends on.",
)
LISTENING = LogEvent(
    "listening", _INFO, "probes and metrics of {role}: http://{address}", "The address of /livez, /readyz and /metrics."
)
RUNNING = LogEvent("running", _INFO, "{role} is running, {build}", "All parts have started; `ready` comes with partitions.")
TAKEN = LogEvent("partitions-taken", _INFO, "takes {partitions}", "The group gave this process these partitions.")
LEFT = LogEvent("partitions-left", _INFO, "leaves {partitions}", "Others get them; all that was under way is durable.")
RECOVERING = LogEvent("recovery-begun", _INFO, "reads the rows of {count} partitions", "The table is about to be read.")
RECOVERED = LogEvent(
    "recovery-ended", _INFO, "recovered {rows} rows in {seconds} s", "The table is in memory; `rows`: changelog records read."
)
READY = LogEvent("ready", _INFO, "ready, with {partitions}", "Everything that was taken is worked on; /readyz says 200.")
STOPPING = LogEvent("stopping", _INFO, "{role} is stopping: {why}", "What is under way is finished, nothing else begun.")
STOPPED = LogEvent("stopped", _INFO, "{role} has stopped", "The end in order, with exit code 0.")
POLICY_IN_FORCE = LogEvent(
    "policy-in-force",
    _INFO,
    "{policy} is in force in partition {partition}",
    "The rules that records are folded under from now on. Of partitions that are taken, the first under a policy stands for all.",
)
POLICY_TAKES_OVER = LogEvent(
    "policy-takes-over",
    _INFO,
    "partition {partition}: {policy} takes over from {former}",
    "This worker's file is newer than the partition's policy and was written into the log.",
)
POLICY_FILE_OLDER = LogEvent(
    "policy-file-older",
    _WARNING,
    "partition {partition} stays under {policy}: this worker's file is older, {file}",
    "Somebody has put a newer policy in force than the one that this worker was started with.",
    "give the workers the newer file, or none: `tiering policy show` says what is in force",
)
PROFILES_AGAIN = LogEvent(
    "profiles-again",
    _WARNING,
    "partition {partition}: {topic} is empty, all profiles go out anew",
    "The topic was deleted and made anew; the rows know what was in it. Nothing is announced by it.",
    "where the read model had read further in the former topic, have it begin anew: Restore in deploy/README.md",
)
DAY_BEGUN = LogEvent(
    "day-begun",
    _INFO,
    "the business day {day} has begun and settled: who is due is reviewed",
    "Once a day and process.",
)
TICK_FAILED = LogEvent(
    "tick-failed",
    _WARNING,
    "partition {partition}: no tick could be written ({reason}): trying again",
    "The partition's clock stands still, so nothing changes by time passing.",
    "if it goes on: see whether Kafka takes writes to {topic}",
)
QUARANTINED = LogEvent(
    "customer-quarantined",
    _ERROR,
    "a customer is in quarantine, since {place}: {reason}",
    "His row is damaged or his events can't be folded. Nobody else is held up; his events become dead letters.",
    "`tiering dead-letters list --code customer-quarantined` names him as soon as an event of his comes, `tiering customers show"
    " ID` says more, `tiering customers release ID` makes his row anew from the log",
)
QUARANTINE_ENDED = LogEvent(
    "quarantine-ended",
    _INFO,
    "partition {partition}: {customers} out of quarantine",
    "By `tiering customers release`, or by an erasure.",
)
DEAD_LETTERS = LogEvent(
    "dead-letters",
    _WARNING,
    "{topic}: {count} refused, {code}",
    "At most one line a minute, topic and code, with how many there were since the last one.",
    "`tiering dead-letters list --code {code}` shows them and why; `tiering dead-letters replay` sends them back when mended",
)
READING_AGAIN = LogEvent(
    "reading-again",
    _WARNING,
    "{place}: reading again from {offset}: {reason}",
    "Something was lost on its way and is fetched anew.",
)
KAFKA_AWAY = LogEvent(
    "kafka-away",
    _WARNING,
    "Kafka has not answered for {seconds} s: waiting for it",
    "Nothing is read or announced meanwhile, and nothing is lost; /readyz says 503 until it answers.",
    "see whether the brokers run and can be reached from here: `tiering doctor`",
)
KAFKA_BACK = LogEvent("kafka-back", _INFO, "Kafka answers again", "The work goes on where it stood.")
REDIS_AWAY = LogEvent(
    "redis-away",
    _WARNING,
    "Redis does not answer ({reason}): waiting for it; the stream goes on",
    "Profiles in Redis grow old; announcements and the profiles topic do not.",
    "bring Redis back (TIERING_REDIS); what it has lost it gets again by itself",
)
REDIS_BACK = LogEvent("redis-back", _INFO, "Redis answers again, after {seconds} s", "The read model catches up by itself.")
QUERY_STARTING = LogEvent(
    "query-starting",
    _INFO,
    "the query is starting: version {version}, Redis at {redis}, {count} partitions, prefix {prefix!r}",
    "A process that answers look-ups begins; these are the settings that its answers depend on.",
)
QUERY_LISTENING = LogEvent(
    "query-listening", _INFO, "customers are looked up at {url}", "The address of the query; who may: TIERING_QUERY_TOKENS."
)
QUERY_WAITS = LogEvent(
    "query-waits",
    _WARNING,
    "the query waits for {reason}",
    "Look-ups are answered with 503 where an answer could be wrong; the stream goes on.",
    "see whether Redis and the workers of the read model run: `tiering doctor`",
)
QUERY_READY = LogEvent("query-ready", _INFO, "every customer can be looked up", "All partitions have been read into Redis.")
LOOK_UP_FAILED = LogEvent(
    "look-up-failed",
    _ERROR,
    "a look-up was answered with 500: {reason}",
    "A fault of the query itself, not of who asked; the other look-ups go on.",
    "report it with this line; meanwhile the profile is in the topic customer-profiles too",
)
CERTIFICATE_RENEWED = LogEvent(
    "certificate-renewed", _INFO, "the renewed certificate is shown from now on", "Its files have changed."
)
CERTIFICATE_UNREADABLE = LogEvent(
    "certificate-unreadable",
    _WARNING,
    "the former certificate is still shown: {reason}",
    "Its files have changed, and can't be used as they are.",
    "write the files again; they are read as soon as they change",
)
PROFILES_SHORTER = LogEvent(
    "profiles-shorter",
    _WARNING,
    "{place} ends before what the read model has read of it: it is read again from its beginning",
    "The topic was made anew, brought back from a copy, or cut. Nothing that is in it now is missed.",
    "customers who are not in the topic any more are still in Redis: if there are such, empty it, it is filled by itself",
)
REFUSED = LogEvent(
    "refused",
    _FATAL,
    "refused: {reason}",
    "What was found is not what the service may work on. Exit code 2; a restart changes nothing.",
    "do what the sentence says, then start again",
)
NOT_REACHABLE = LogEvent(
    "not-reachable", _FATAL, "{reason}", "A system does not answer at the start. Exit code 3.", "start again when it answers"
)
FORBIDDEN = LogEvent(
    "forbidden",
    _FATAL,
    "refused: {reason}",
    "Kafka does not let this user do what it has to. Nothing is lost or doubled. Exit code 3; a restart changes nothing.",
    "have the rights written that the sentence names, then start again",
)
FENCED = LogEvent(
    "fenced",
    _FATAL,
    "leaving: another worker has taken over a partition of this one ({reason})",
    "This process stood still for longer than its session (paused, starved, cut off). Nothing is lost or doubled. Exit code 70.",
    "start it again, nothing is to be mended. If it repeats: give it more CPU, and let no second deployment have this prefix",
)
FORGOTTEN = LogEvent(
    "forgotten",
    _FATAL,
    "leaving: {reason}, and gives its partitions to others",
    "This process, which has a name in its group (TIERING_INSTANCE), stood still for longer than its session (paused, starved,"
    " cut off). Nobody else has its name. Nothing is lost or doubled. Exit code 70.",
    "start it again under the same name, nothing is to be mended. If it repeats: give it more CPU",
)
LEAVING = LogEvent(
    "leaving",
    _FATAL,
    "leaving: {reason}",
    "Something failed that is no bad record. What is not durable was not committed. Exit code 70.",
    "start again, that is always safe. If it repeats at the same place, keep these lines: the code or the broker is at fault",
)
STOP_HANGS = LogEvent(
    "stop-hangs",
    _FATAL,
    "the stop hangs after {seconds} s: leaving",
    "Something did not end in order; what is not durable is done again by the next owner. Exit code 70.",
)
REBUILD_BEGUN = LogEvent(
    "rebuild-begun",
    _INFO,
    "the rebuild of {partitions} begins",
    "Rows are made anew from the log, and what differs is announced. No worker of customers begins before it has ended. Where"
    " neither `rebuild-ended` nor `rebuild-stopped` follows the process was killed: start it again.",
)
PARTITION_REBUILT = LogEvent(
    "partition-rebuilt",
    _INFO,
    "partition {partition}: {customers} customers from the log up to offset {next}; {customers_announced} were told a"
    " difference, {profiles} profiles were renewed, {erased} erased",
    "It is done, whatever becomes of the rest. The fields are those of `tiering rebuild --json`.",
)
REBUILD_ENDED = LogEvent(
    "rebuild-ended",
    _INFO,
    "the rebuild has ended: {customers} customers, {customers_announced} were told a difference",
    "Every partition that was asked for is done.",
    "start the workers of customers",
)
REBUILD_STOPPED = LogEvent(
    "rebuild-stopped",
    _FATAL,
    "the rebuild has stopped in partition {partition}: {reason}",
    "The partitions before are done. No worker begins with the others before a rebuild has ended.",
    "do what the reason asks for, then start it again: it goes on where it was",
)
BACKFILL_BEGUN = LogEvent(
    "backfill-begun",
    _INFO,
    "the backfill of {files} files begins, after line {line} of {lines}",
    "History goes into the log. Where neither `backfill-ended` nor `backfill-stopped` follows the process was killed: start it"
    " again with the same files.",
)
BACKFILL_ENDED = LogEvent(
    "backfill-ended",
    _INFO,
    "the backfill has ended: of {lines} lines {sent} events put into {topic}, {present} were there already,"
    " {anonymous} anonymous, {refused} refused",
    "All of it is durable.",
)
BACKFILL_STOPPED = LogEvent(
    "backfill-stopped",
    _FATAL,
    "the backfill has stopped at line {line} of {lines}: {reason}",
    "A part of the history is in the log. Workers that start now may move its clock past what is missing.",
    "start it again with the same files, before the workers: it goes on from there and sends nothing twice",
)

EVENTS = [each for each in dict(globals()).values() if isinstance(each, LogEvent)]
"""All of them."""
