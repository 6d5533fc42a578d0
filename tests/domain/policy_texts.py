"""Texts of policies: a test states only what it is about; and the faults of a bad one."""

import pytest

from service.domain.policy_file import PolicyError, parse_policy

SMALLEST = """
name = "p"
version = 1
[frame]
time_zone = "Asia/Shanghai"
currency = "CNY"
"""
RFM = """
[rfm]
window_days = 365
recency_days = [7, 21, 45, 90]
orders = [2, 6, 15, 40]
spend_minor = [5000, 15000, 40000, 100000]
"""
SPEND = '{ measure = "spend_minor", window = "rolling 365", at_least = 50000 }'


def scheme(*, hold: str = '{ kind = "rolling" }', more: str = "", entry: str = SPEND, tier: str = "") -> str:
    return f"""
[[scheme]]
name = "membership"
hold = {hold}
{more}
[[scheme.tier]]
name = "regular"
[[scheme.tier]]
name = "gold"
entry = {entry}
{tier}
"""


def faults(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    return str(caught.value).splitlines()
