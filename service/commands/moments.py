"""A moment as one types it: a date, a time, or so long ago."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Moment(click.ParamType):
    """`2h`, `2026-11-26`, `2026-11-26T03:00`, `2026-11-26T03:00:00+08:00`; without an offset UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """An aware time."""
        if isinstance(value, datetime):
            return value
        try:
            if ago := _AGO.fullmatch(value):
                return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            moment = datetime.fromisoformat(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no moment: 2h, 2026-11-26 or 2026-11-26T03:00:00Z are (UTC where no offset is given)", param)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
