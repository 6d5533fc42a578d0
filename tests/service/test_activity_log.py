"""The policy that a log is read under from its first record on."""

import pytest

from schemas import codec
from schemas.control import PolicyActivated
from service.activity_log import begins_under
from service.domain.policy_file import parse_policy
from service.replay import activation_record
from tests import builders

EASIER = ("at_least = 500", "at_least = 200")
LATER = ("late_days = 60", "late_days = 61")
LONGER = ('"rolling 30"', '"rolling 400"')


def policies(*changes: tuple[tuple[str, str], ...]) -> list[PolicyActivated]:
    """The test policy in versions 1, 2, ..., each with these changes to its text."""
    found = []
    for version, each in enumerate(changes, start=1):
        text = builders.POLICY.replace("version = 1", f"version = {version}")
        for before, after in each:
            text = text.replace(before, after)
        event = codec.decode_activity(activation_record(parse_policy(text), "log"))
        assert isinstance(event, PolicyActivated)
        found.append(event)
    return found


@pytest.mark.parametrize(
    ("changes", "version"),
    [
        ([()], 1),
        ([(), (EASIER,), ()], 1),
        ([(), (LATER,)], 2),
        ([(), (LATER,), (LATER, EASIER)], 2),
        ([(), (LATER,), (EASIER,)], 3),
        ([(), (LONGER,), ()], 2),
        ([(), (LONGER,), (), (LONGER,)], 4),  # under version 3 the ledgers keep less again
    ],
)
def test_it_is_the_last_that_could_not_follow_the_one_before(changes: list[tuple[tuple[str, str], ...]], version: int) -> None:
    assert begins_under(policies(*changes)).data.version == version


def test_a_version_that_is_not_above_those_before_changes_nothing() -> None:
    first, second = policies((), (LATER,))

    assert begins_under([second, first]) is second
    assert begins_under([second, first, second]) is second
