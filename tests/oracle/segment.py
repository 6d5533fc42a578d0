"""RFM figures, and the segment that settles."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.oracle.measures import Moment, value

_TABLE: dict[str, list[str]] = json.loads((Path(__file__).parents[1] / "data" / "rfm_segments.json").read_text())
CELLS = {cell: name for name, cells in _TABLE.items() for cell in cells}
FIELDS = ("recency_days", "orders", "spend_minor", "purchase_days", "r", "f", "m")


@dataclass(frozen=True)
class Shown:
    """The segment that is shown, and at how many openings in a row another one was found."""

    segment: str | None = None
    differed: int = 0


def figures(moment: Moment) -> dict[str, Any]:
    """Values and scores; all None without an order that counts, or without RFM in the policy."""
    rules, bought = moment.programme.rfm, moment.ledger.purchase_days(moment.known)
    if rules is None or not bought:
        return dict.fromkeys(FIELDS)
    window = f"rolling {rules['window_days']}"
    recency = (moment.day - bought[-1]).days
    orders, spend = value("orders", window, moment), value("spend_minor", window, moment)
    r, f, m = 1, 1, 1
    if orders:
        r += sum(cut >= recency for cut in rules["recency_days"])
        f += sum(cut < orders for cut in rules["orders"])
        m += sum(cut < spend for cut in rules["spend_minor"])
    return dict(zip(FIELDS, (recency, orders, spend, value("purchase_days", window, moment), r, f, m), strict=True))


def scores(moment: Moment) -> tuple[int, ...]:
    """R, F and M; zeros when there are none."""
    found = figures(moment)
    return tuple(found[name] or 0 for name in "rfm")


def opening(shown: Shown, moment: Moment) -> Shown:
    """Midnight: a segment that keeps differing is shown in the end."""
    now = CELLS.get("".join(map(str, scores(moment))))
    if now == shown.segment:
        return Shown(now)
    settle = moment.programme.rfm["settle_days"] if moment.programme.rfm else 0
    if now is None or shown.segment is None or shown.differed + 1 >= settle:
        return Shown(now)
    return Shown(shown.segment, shown.differed + 1)


def closing(shown: Shown, moment: Moment, at_opening: tuple[int, ...]) -> Shown:
    """The day's own events: a score that has risen is followed at once."""
    now = CELLS.get("".join(map(str, scores(moment))))
    risen = any(new > old for new, old in zip(scores(moment), at_opening, strict=True))
    at_once = moment.programme.rfm is None or moment.programme.rfm["settle_days"] == 0
    if now == shown.segment or now is None or shown.segment is None or risen or at_once:
        return Shown(now)
    return shown
