"""Rows: rows of an older version are brought forward."""

import gzip
import json
from base64 import b64decode
from datetime import date
from pathlib import Path

import pytest

from service import rows
from service.domain.policy_file import parse_policy
from service.replay import Replay

FIXTURE = json.loads((Path(__file__).parents[1] / "data" / "rows-version-1.json").read_text())
EVENTS = Path(__file__).parents[2] / "service" / "laptop" / "data" / "complete-journey.jsonl.gz"


@pytest.mark.parametrize("customer", FIXTURE["rows"])
def test_a_row_of_version_1_is_what_version_2_makes_of_the_same_events(customer: str) -> None:
    replay = Replay(FIXTURE["policy"], until=date(2017, 12, 31))
    with gzip.open(EVENTS) as lines:
        for line in lines:
            if f'"subject":"{customer}"'.encode() in line:
                replay.feed(line.strip())
    list(replay.finish())
    policy = parse_policy(FIXTURE["policy"])
    old = rows.decode(customer, b64decode(FIXTURE["rows"][customer]), policy)
    new = rows.decode(customer, replay.partition.stored[customer.encode()], policy)

    assert old.due <= new.due
    old.position, old.due = new.position, new.due
    new.headroom = new.checkpoint = None
    assert rows.encode(old, policy) == rows.encode(new, policy)
