"""Log, policies, workers, lag, customers and dead letters, by what was seen of them."""

from pathlib import Path
from typing import NamedTuple

import pytest

from service.access.rights import ROLES
from service.doctor import customers, lag, letters, log, policies, rights, workers
from service.doctor.customers import Census
from service.doctor.finding import Finding, Status
from service.doctor.lag import Place
from service.doctor.scene import Group
from service.domain.policy_file import parse_policy
from service.log_mismatch import LogMismatch
from service.quarantine import Quarantined
from service.settings import Settings
from tests.builders import POLICY
from tests.doctor.facts import begins, policy, seen

HERE = Settings(partitions=2, topic_prefix="x-")


def of_log(*partitions: object, damaged: tuple[str, ...] = ()) -> list[Finding]:
    return log.judge(HERE, damaged, {each.number: each for each in partitions})  # type: ignore[attr-defined, misc]


def test_a_log_and_its_rows() -> None:
    [finding] = of_log(seen(0), seen(1))
    assert (finding.status, finding.found) == (Status.OK, "10 records in 2 partitions of one log (one), rows agree")


@pytest.mark.parametrize(
    ("second", "says", "do"),
    [
        (seen(1, log_id="former"), "is another log (one) than the rows were made from (former)", "tiering rebuild"),
        (seen(1, next=9), "ends at 5, but the rows have read up to 9", "tiering rebuild"),
        (seen(1, end=0, next=0, log_id=None), "does not begin with offset 0 and a policy", "tiering topics apply"),
        (seen(1, first=3), "does not begin with offset 0 and a policy", "restore it"),
        (seen(1, rebuilding=4), "a rebuild of partition 1 is under way", "to its end"),
        (seen(1, begun=begins("other")), "of 2 different logs", "tiering backfill"),
        (seen(1, time="wall"), "partition 1: read in wall time so far, and TIERING_TIME is events", "set TIERING_TIME to wall"),
    ],
)
def test_a_log_that_does_not_agree(second: object, says: str, do: str) -> None:
    events = Settings(partitions=2, time="events")
    found = log.judge(events, (), {0: seen(0), 1: second})  # type: ignore[dict-item]
    assert found[0].status == Status.FAIL
    assert says in found[0].found
    assert do in str(found[0].do)


def test_partitions_that_disagree_alike_are_one_line() -> None:
    [finding] = of_log(seen(0, next=9), seen(1, next=8))
    assert "(so or alike: partitions 0-1)" in finding.found


def test_a_partition_row_of_a_later_version_is_said_as_the_worker_says_it() -> None:
    [first] = of_log(seen(0), damaged=("partition 1 has a row of version 9, and this service reads up to 2: upgrade first",))
    assert (first.status, first.do) == (Status.FAIL, "upgrade first")


def test_the_policy_in_force_is_the_same_everywhere() -> None:
    assert policies.judge_in_force({0: seen(0), 1: seen(1)}).found == f"{parse_policy(POLICY).label} in all 2 partitions"
    apart = policies.judge_in_force({0: seen(0, later=[policy(2)]), 1: seen(1)})
    assert (apart.status, apart.found) == (Status.FAIL, "test@2 in partition 0, test@1 in partition 1")
    assert "tiering policy activate" in str(apart.do)
    coming = policies.judge_in_force({0: seen(0, later=[policy(2)]), 1: seen(1, end=7)})
    assert coming.status == Status.WARN


@pytest.mark.parametrize(
    ("text", "active", "status", "says"),
    [
        (POLICY, POLICY, Status.OK, "test@1, the one in force"),
        (policy(2), POLICY, Status.OK, "takes over from test@1"),
        (POLICY, policy(2), Status.WARN, "older than test@2"),
        (POLICY + "\n# changed\n", POLICY, Status.FAIL, "with another content"),
        (policy(2).replace('name = "test"', 'name = "other"', 1), POLICY, Status.FAIL, "a policy of another name"),
        (policy(2).replace('currency = "USD"', 'currency = "EUR"', 1), POLICY, Status.FAIL, "its [frame] is another one"),
    ],
)
def test_a_policy_file_beside_the_log(text: str, active: str, status: Status, says: str) -> None:
    finding = policies.judge_file(Path("p.toml"), parse_policy(text), parse_policy(active))
    assert (finding.status, says in finding.found) == (status, True), finding
    assert (finding.do is None) == (status == Status.OK)


def test_a_policy_of_the_log_that_this_version_can_not_read_is_said() -> None:
    with pytest.raises(LogMismatch, match="upgrade first"):
        policies.judge_in_force({0: seen(0, later=["[of a later version]]"])})


def test_a_policy_file_that_can_not_be_read(tmp_path: Path) -> None:
    missing, broken = policies.read(tmp_path / "none.toml"), tmp_path / "p.toml"
    broken.write_text("name = ")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(POLICY.replace("at_least", "at_most"))
    for finding in (missing, policies.read(broken), policies.read(wrong)):
        assert isinstance(finding, Finding)
        assert finding.status == Status.FAIL
        assert "\n" not in finding.found


ALL = frozenset({("orders", 0), ("orders", 1)})


@pytest.mark.parametrize(
    ("group", "status", "says"),
    [
        (Group(0, "Stable", 2, ALL), Status.OK, "2 processes with all 2 partitions"),
        (Group(0, "Stable", 1, frozenset({("orders", 0)})), Status.FAIL, "nobody has orders-1"),
        (Group(0, "PreparingRebalance", 2, frozenset()), Status.WARN, "sharing partitions out"),
        (Group(0, "Empty", 0, frozenset()), Status.FAIL, "nobody is running"),
        (Group(0, "Dead", 0, frozenset()), Status.FAIL, "nobody is running"),
        (Group(), Status.FAIL, "nobody is running"),
        (Group(69), Status.FAIL, "nobody is running"),
        (Group(30), Status.WARN, "we may not see the group"),
        (Group(15), Status.WARN, "Kafka's error 15"),
    ],
)
def test_workers(group: Group, status: Status, says: str) -> None:
    finding = workers.judge("intake", group, ALL)
    assert (finding.check, finding.status, says in finding.found) == ("workers: intake", status, True), finding


def place(position: int | None, end: int = 10, *, first: int = 0, oldest: float | None = None) -> Place:
    return Place("orders", 0, position, first, end, oldest)


@pytest.mark.parametrize(
    ("role", "places", "status", "says"),
    [
        ("intake", [place(10)], Status.OK, "nothing waits"),
        ("intake", [place(9)], Status.OK, "nothing waits"),  # behind it there is only a transaction's marker
        ("intake", [place(7, oldest=998.0)], Status.OK, "3 records waiting, the oldest for 2.0 s"),
        ("intake", [place(7, oldest=970.0), place(4, oldest=980.0)], Status.WARN, "9 records waiting, the oldest for 30 s"),
        ("customers", [place(None, oldest=0.0)], Status.FAIL, "10 records waiting, the oldest for 17 min"),
        ("intake", [place(3, first=5, oldest=999.0)], Status.FAIL, "2 records of orders-0 were deleted before they were read"),
        ("read-model", [place(3, first=5, oldest=999.0)], Status.OK, "at most 5 records waiting"),
        ("read-model", [place(12)], Status.FAIL, "it stands at 12, and the end is 10"),
    ],
)
def test_lag(role: str, places: list[Place], status: Status, says: str) -> None:
    finding = lag.judge(role, places, now=1000.0)
    assert (finding.status, says in finding.found) == (status, True), finding
    assert (finding.do is None) == (status == Status.OK)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.44, "0.4 s"), (12, "12 s"), (100, "100 s"), (600, "10 min"), (7_300, "2.0 h"), (260_000, "3.0 days")],
)
def test_durations(seconds: float, said: str) -> None:
    assert lag.duration(seconds) == said


def test_customers_in_quarantine_are_named() -> None:
    fine = Census(5, True, [], {0: 0})
    assert customers.judge_quarantine(fine).found == "none of 5 customers"
    part = customers.judge_quarantine(Census(5, False, ["c-1"], {0: 0}))
    assert (part.status, part.found.startswith("1 customer: c-1 (by 5 of the newest rows")) == (Status.WARN, True)


def test_a_row_in_quarantine_is_told_by_its_mark_and_an_erased_one_is_gone() -> None:
    found: dict[bytes, tuple[int, int | None]] = {}
    kept = Quarantined("why", 1, 2, b"").encode()
    for key, value in ((b"\0own", b"x"), (b"c-1", kept), (b"c-2", kept), (b"c-2", None), (b"c-3", b"\5")):
        customers.take(found, LightRecord(key, value))
    assert found == {b"c-1": (0, None)}


class LightRecord(NamedTuple):
    key: bytes
    value: bytes | None
    partition: int = 0


def test_reviews_that_nobody_makes() -> None:
    census, overdue = Census(5, True, [], {0: 0, 1: 0}), Census(5, True, [], {0: 0, 1: 3})
    assert customers.judge_reviews(census, {0: 100, 1: 100}, 100).status == Status.OK
    assert customers.judge_reviews(census, {0: None, 1: None}, 100).found == "no time has passed yet"
    assert customers.judge_reviews(overdue, {0: 100, 1: 100}, None).found == "3 customers due, in partition 1"
    late = customers.judge_reviews(census, {0: 100, 1: 98}, 100)
    assert (late.status, late.found) == (Status.FAIL, "the clock of partition 1 stands 2 days back")


def test_dead_letters_are_counted_by_code() -> None:
    assert letters.judge({}, more=False).status == Status.OK
    finding = letters.judge({"conflict": 2, "too-late": 1_000}, more=True)
    assert (finding.status, finding.found) == (Status.WARN, "at least 1,002 in the last hour: 1,000 too-late, 2 conflict")


def everything(*holders: str) -> dict[tuple[str, str], frozenset[str] | None]:
    """A user who may do what these need, and nothing else with the things of the others."""
    allowed: dict[tuple[str, str], frozenset[str] | None] = {}
    for holder in (*ROLES, "operator"):
        for right in rights.needs(HERE, holder):
            has = allowed.get(right[:2]) or frozenset()
            allowed[right[:2]] = has | {right.operation} if holder in holders else has
    return allowed


@pytest.mark.parametrize("role", ROLES)
def test_rights_that_a_role_lacks(role: str) -> None:
    mine = everything(role)
    assert rights.judge(HERE, [role], mine).status == Status.OK
    for each in rights.needs(HERE, role):
        finding = rights.judge(HERE, [role], {**mine, each[:2]: frozenset()})
        assert finding.status == Status.FAIL
        assert f"{each.operation} on {each.resource} {each.name}" in finding.found
        assert f"tiering topics acl --role {role}" in str(finding.do)
    assert "1 can't be seen" in rights.judge(HERE, [role], {**mine, ("group", HERE.group(role)): None}).found


def test_without_a_role_somebody_who_may_not_do_all_is_taken_for_the_operator() -> None:
    assert "every role needs" in rights.judge(HERE, ROLES, everything(*ROLES)).found
    operator = rights.judge(HERE, ROLES, everything("operator"))
    assert (operator.status, "tiering doctor --role ROLE" in operator.found) == (Status.OK, True)
    intake = rights.judge(HERE, ROLES, everything("intake"))
    assert (intake.status, "what the operator needs" in intake.found) == (Status.FAIL, True)
