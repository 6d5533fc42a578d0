"""What `tiering rebuild` says at its end."""

from service.commands import rebuild_words
from service.rebuild.differences import Change, Differences
from service.rebuild.rebuild import Outcome

TIER = Change("tier.changed.v1", "membership", "gold", "silver")
NOTICE = Change("tier.expiring.v1", "membership", "gold", None)
SEGMENT = Change("segment.changed.v1", None, "Loyal", None)


def outcome(partition: int, **changes: int) -> Outcome:
    counts = {"TIER": TIER, "NOTICE": NOTICE, "SEGMENT": SEGMENT}
    differences = Differences(customers=sum(changes.values()), profiles=7, erased=2)
    differences.changes.update({counts[name]: number for name, number in changes.items()})
    return Outcome(partition, 987, 900, 3, 0, 7, differences)


def test_people_are_told_every_partition_and_every_kind_of_change() -> None:
    said = list(rebuild_words.lines([outcome(0, TIER=2, SEGMENT=1), outcome(1, TIER=100, NOTICE=4)], dry_run=False))

    assert said == [
        "partition 0: 900 customers from the log up to offset 987; 3 were told a difference, 7 profiles were renewed, 2 erased",
        "partition 0: 3 customers are in quarantine (`tiering customers show ID`)",
        "partition 0: 7 records were refused; those read before are dead letters since then",
        "partition 1: 900 customers from the log up to offset 987; 104 were told a difference, 7 profiles were renewed, 2 erased",
        "partition 1: 3 customers are in quarantine (`tiering customers show ID`)",
        "partition 1: 7 records were refused; those read before are dead letters since then",
        "        1  segment.changed.v1: Loyal -> none",
        "      102  tier.changed.v1 membership: gold -> silver",
        "        4  tier.expiring.v1 membership: gold",
    ]


def test_nothing_is_said_too() -> None:
    assert list(rebuild_words.lines([outcome(0)], dry_run=True))[-1] == "nothing would be announced"


def test_programs_are_told_the_same() -> None:
    told = rebuild_words.summary([outcome(0, TIER=2), outcome(1, TIER=1)], dry_run=True)

    assert told["announced"] == [{"type": "tier.changed.v1", "scheme": "membership", "from": "gold", "to": "silver", "count": 3}]
    assert [(each["partition"], each["customers_announced"], each["erased"]) for each in told["partitions"]] == [
        (0, 2, 2),
        (1, 1, 2),
    ]
