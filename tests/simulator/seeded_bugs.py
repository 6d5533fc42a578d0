"""Bugs of the kinds that the service must not have, to be put into it on purpose: each is something for the simulator to find."""

import inspect
import textwrap
from importlib import import_module

import pytest

Change = tuple[str, str, str]
"""In the source of module:Class.method, or module:function, the old text becomes the new one."""

WRITE = "service.faust_safe.transaction:Transactions.write"
TABLE = "service.faust_safe.table:SafeTable"
PARTITION = "service.partition:Partition"
STATE = "service.partition_state:PartitionState"
RECORD, FOLD = "service.log_record:", "service.event_fold:"
CUSTOMERS = "service.customers:Customers"
ROWS = "service.customer_rows:CustomerRows"
WAITING = "service.waiting:Waiting"
HISTORY = "service.policy_history:PolicyHistory"
READ_MODEL = "service.read_model:ReadModel"

FIRST_ALONE = """records = list(records)
    first = [each for each in records if {condition}]
    if first and (rows or len(first) < len(records)):
        await self.write(partition, first)
        records = [each for each in records if each not in first]
    producer = """


ROWS_ALONE = """records = list(records)
    if rows and records:
        await self.write(partition, (), rows=rows)
        rows = None
    producer = """


def alone(condition: str) -> Change:
    """Some records of a transaction go out in one of their own, before the others."""
    return WRITE, "producer = ", FIRST_ALONE.format(condition=condition)


BUGS: dict[str, tuple[Change, ...]] = {
    "announcements go out before the rows": (alone('each.topic in ("tier-changes", "churn-risk")'),),
    "rows go out before the announcements": ((WRITE, "producer = ", ROWS_ALONE),),
    "dead letters go out before the rows": (alone('each.topic.endswith(".dlt")'),),
    "the former owner is not fenced": (("tests.simulator.kafka:Kafka._check", "!= epoch", "< 0"),),
    "rows are read before the fence": (
        (f"{TABLE}.own", "await self.transactions.open(partitions)", "pass"),
        (f"{TABLE}.own", "return self.loaded", "await self.transactions.open(partitions)\n    return self.loaded"),
    ),
    "the partition's row is forgotten now and then": (
        (
            f"{TABLE}.write",
            "rows=(self.changelog, rows)",
            "rows=(self.changelog, {key: row for key, row in rows.items() if key[:1] != b'\\0' or len(rows) != 2})",
        ),
    ),
    "a partition that is kept is not read again": (
        (f"{TABLE}.own", "for partition in partitions}\n", "for partition in set()}\n"),
    ),
    "what was read is taken again": (
        (f"{RECORD}take", "offset >= state.next", "True"),
        (f"{RECORD}take", "offset > state.next and not state.holes", "False"),
    ),
    "repeats are not recognised": (
        (f"{FOLD}_fold_in_full", "if verdict is Recognition.NEW:", "if not isinstance(verdict, Refused):"),
    ),
    "profiles that wait are not looked for at a restart": ((f"{WAITING}.look_at", "head.position > profiled", "False"),),
    "profiles that wait count as published": ((f"{STATE}.settle", "self.waiting.profiled(self.next - 1)", "self.next - 1"),),
    "due days are not looked for at a restart": ((f"{WAITING}.look_at", "self.due.place(key, head.due)", "pass"),),
    "who is behind is not looked for at a restart": ((f"{WAITING}.look_at", "policies.after(head.policy_version)", "False"),),
    "an activation forgets the one before": (
        (f"{HISTORY}._change", "self._row.later.append(step)", "self._row.later[:] = [step]"),
    ),
    "a lower version takes over": (
        (f"{HISTORY}.activate", "event.data.version <= current.version", "event.data.version == current.version"),
    ),
    "the clock begins anew at a restart": ((f"{STATE}.__init__", "PartitionClock(self.row.clock)", "PartitionClock(None)"),),
    "reviews are as of the day they are made on": (
        (f"{PARTITION}._review_one", "min(customer.due, self.clock.day)", "self.clock.day"),
        (
            f"{PARTITION}._review_one",
            "self.policies.bring(",
            "customer.due = max(customer.due, self.clock.day); self.policies.bring(",
        ),
    ),
    "an event is folded before the reviews that are due": (
        (f"{FOLD}_fold_in_full", "max(as_of, day), effects)", "min(customer.as_of, max(as_of, day)), effects)"),
    ),
    "intake counts as done what is not yet written": (
        (
            "agents.intake:Intake._write",
            "sent += await send(self._producer, self.log, partition, contents)",
            "send(self._producer, self.log, partition, contents).close()",
        ),
    ),
    "profiles are written wherever Redis stands": (
        (f"{READ_MODEL}.__init__", "(_WRITE)", "(_WRITE.replace('if at ~= ARGV[1] then return 0 end', ''))"),
    ),
    "nobody looks whether Redis was emptied": ((f"{READ_MODEL}.stands", "return bool(", "return True or bool("),),
    "who fails goes into quarantine before his reviews": (
        (f"{FOLD}_fold_again", "_review_first(state, key, record.offset, effects)", "pass"),
    ),
    "a rebuild does not look at what was published": (
        ("service.rebuild.rebuild:Rebuild._announce", "await self._newest(topics.CUSTOMER_PROFILES, partition.number)", "{}"),
    ),
    "ticks ahead of their time count": ((f"{RECORD}_tick", "ahead > MOST_AHEAD.seconds * 1000", "False"),),
    "an erasure forgets what was due before": ((f"{RECORD}_erase", "is not None", "is not None and not customer.id"),),
    "who was erased is numbered from 1 again": ((f"{CUSTOMERS}.enrolled", "self.erasures.of(key).sequence", "0"),),
    "who was erased keeps his row": (
        (f"{ROWS}.settle", "settled: dict[bytes, bytes | None] = dict.fromkeys(gone)", "settled = {}"),
    ),
    "what happened before an erasure counts after it": (("service.erasures:Erasures.cover", "seconds <= ", "0 * seconds > "),),
    "ticks do not count": ((f"{RECORD}_tick", "state.clock.move(event.data.at.timestamp())", "pass"),),
}


def put_in(changes: tuple[Change, ...], patch: pytest.MonkeyPatch) -> None:
    """Change the sources until the patch is undone."""
    for where in dict.fromkeys(where for where, _, _ in changes):
        module = import_module(where.partition(":")[0])
        holder, _, name = where.partition(":")[2].rpartition(".")
        owner = getattr(module, holder) if holder else module
        source = textwrap.dedent(inspect.getsource(getattr(owner, name)))
        for _, old, new in (change for change in changes if change[0] == where):
            assert source.count(old) == 1, f"{where} does not read `{old}` once any more: adapt this bug"
            source = source.replace(old, new)
        made: dict[str, object] = {}
        exec(source, vars(module), made)
        patch.setattr(owner, name, made[name])
