"""Which policy file takes over from the policy in force."""

import pytest

from service.activation import NotAllowed, takes_over
from service.domain.policy_file import parse_policy
from tests import builders

ACTIVE = parse_policy(builders.POLICY.replace("version = 1", "version = 5"))


def file(version: int, old: str = "", new: str = "") -> str:
    return builders.POLICY.replace("version = 1", f"version = {version}").replace(old, new)


@pytest.mark.parametrize(("version", "expected"), [(4, False), (5, False), (6, True)])
def test_a_higher_version_takes_over_and_no_other(version: int, expected: bool) -> None:
    assert takes_over(parse_policy(file(version)), ACTIVE) is expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (file(5, "at_least = 500", "at_least = 501"), "test@5 with another content"),
        (file(6, 'name = "test"', 'name = "tea"'), "of another name"),
        (file(6, "settle_minutes = 0", "settle_minutes = 60"), r"\[frame\] is another one: run `tiering rebuild"),
        (file(6, '"rolling 30"', '"rolling 367"'), "367 days, and the ledgers keep 92: run `tiering rebuild"),
    ],
)
def test_what_is_not_allowed_says_why(text: str, why: str) -> None:
    with pytest.raises(NotAllowed, match=why):
        takes_over(parse_policy(text), ACTIVE)
