"""Some customers asked every day by the oracle of `tests/oracle`, which shares no rule code with the service."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from schemas import codec
from schemas.control import PolicyActivated
from tests.chaos.recount import Recount
from tests.chaos.verdict import Verdict
from tests.oracle import Oracle
from tests.properties.live import difference, heard


def ask(policy: str, log: Iterable[Any], recount: Recount, verdict: Verdict, count: int) -> None:
    """Compare all that was said to some customers with what asking them every day finds (`events` time)."""
    records = list(log)
    for customer in _some(records, count):
        [home] = {record.partition for record in records if record.key == customer}
        oracle, latest = Oracle(policy), ""
        for record in records:
            if record.partition != home:
                continue
            if record.key is None:
                _control(oracle, record)
            elif record.key == customer:
                _compare_verdict(oracle.feed(record.value), recount.letters.get((home, record.offset)), record, verdict)
            elif (time := json.loads(record.value)["time"]) > latest:  # all in UTC
                latest = time
                oracle.tick(datetime.fromisoformat(time))
        said = [value for by_customer in recount.said.values() for value in by_customer.get(customer, ())]
        said.sort(key=lambda value: json.loads(value)["sequence"])
        if where := difference(heard(said), oracle.said):
            verdict.find("the oracle says something else", (customer, where))
        verdict.count("customers asked every day")
        verdict.count("announcements of theirs", len(said))


def _some(records: Iterable[Any], count: int) -> list[bytes]:
    """Those with a middling number of events: the oracle's time grows with its square."""
    by_number = [key for key, _ in Counter(record.key for record in records if record.key is not None).most_common()]
    middle = len(by_number) // 2
    return by_number[middle - count // 2 : middle - count // 2 + count]


def _control(oracle: Oracle, record: Any) -> None:
    """A change of policy; the first one the oracle has been told."""
    event = codec.decode_activity(record.value)
    if isinstance(event, PolicyActivated) and record.offset > 0:
        oracle.activate(event.data.text, event.time)


def _compare_verdict(found: str, letter: str | None, record: Any, verdict: Verdict) -> None:
    if (found if found in ("too-late", "conflict") else None) != letter:
        verdict.find("the oracle judges a record otherwise", (record.partition, record.offset, found, letter))
