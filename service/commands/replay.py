"""`tiering replay`: files of events through intake and the partition object, without Kafka."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from service.commands import outputs
from service.domain.policy_file import PolicyError
from service.event_files import Line, in_order, merged
from service.refused_line import refused_line
from service.replay import Replay

_encode = msgspec.json.Encoder().encode
_PROGRESS_SECONDS = 1.0
Sink = Callable[[bytes], None]


@click.command(name="replay", help="Run files of events through the whole service, without Kafka.")
@click.option("--policy", type=click.Path(path_type=Path), required=True, help="The policy file (TOML).")
@click.option("--events", type=click.Path(path_type=Path), multiple=True, required=True, help="JSON Lines: plain, .gz or .zst.")
@click.argument("more", nargs=-1, type=click.Path(path_type=Path))
@click.option("--merge", is_flag=True, help="Merge the files by event time instead of one after the other.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Stop the clock at the end of this business day.")
@click.option("--profiles", type=click.Path(path_type=Path), help="Where profiles go (- is stdout).")
@click.option("--announcements", type=click.Path(path_type=Path), help="Where announcements go.")
@click.option("--dead-letters", type=click.Path(path_type=Path), help="Where refused events go.")
def command(
    policy: Path,
    events: tuple[Path, ...],
    more: tuple[Path, ...],
    merge: bool,
    until: datetime | None,
    profiles: Path | None,
    announcements: Path | None,
    dead_letters: Path | None,
) -> None:
    """Read events, write what the service would publish."""
    paths = [*events, *more]
    try:
        replay = Replay(_text(policy), _day(until))
        files = [path for path in (profiles, announcements, dead_letters) if path is not None and str(path) != "-"]
        outputs.check(files, [policy, *paths])
        with ExitStack() as stack:
            to_profiles, to_announcements, to_dead_letters = (
                _sink(path, stack) for path in (profiles, announcements, dead_letters)
            )
            _feed(replay, merged(paths) if merge else in_order(paths), to_announcements, to_dead_letters)
            for announcement in replay.finish():
                to_announcements(announcement)
            if profiles is not None:
                for customer_id, data in replay.profiles():
                    to_profiles(_encode({"customer_id": customer_id, "data": data}))
    except PolicyError as error:
        raise SystemExit(_wrong_use(f"{policy}: {error}")) from error
    except BrokenPipeError:  # whoever read stdout has enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - or Python complains once more at its end
    except OSError as error:
        raise SystemExit(_wrong_use(str(error))) from error


def _text(policy: Path) -> str:
    try:
        return policy.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError(f"not UTF-8: {error}") from error


def _feed(replay: Replay, source: Iterator[Line], say: Sink, refuse: Sink) -> None:
    began = shown = time.monotonic()
    refused = count = 0
    for count, line in enumerate(source, start=1):
        outcome = replay.feed(line.value)
        for announcement in outcome.announcements:
            say(announcement)
        if outcome.rejected is not None:
            refused += 1
            refuse(refused_line(line, outcome.rejected))
        if not count % 1_000 and time.monotonic() - shown > _PROGRESS_SECONDS:
            shown = time.monotonic()
            _show(count, refused, replay, shown - began)
    _show(count, refused, replay, time.monotonic() - began)


def _show(count: int, refused: int, replay: Replay, seconds: float) -> None:
    rate = count / seconds if seconds else 0.0
    click.echo(
        f"{count:,} events, {rate:,.0f}/s, {replay.partition.customers:,} customers, {refused:,} refused",
        file=sys.stderr,
    )


def _sink(path: Path | None, stack: ExitStack) -> Sink:
    if path is None:
        return lambda _: None
    stream: BinaryIO = sys.stdout.buffer if str(path) == "-" else stack.enter_context(path.open("wb"))

    def write(value: bytes) -> None:
        stream.write(value)
        stream.write(b"\n")

    return write


def _day(until: datetime | None) -> date | None:
    return None if until is None else until.date()


def _wrong_use(message: str) -> int:
    click.echo(message, file=sys.stderr)
    return 2
