"""`tiering dead-letters`: what was refused and why, and sending it back."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from schemas.dead_letters import Code
from service import spans
from service.commands import dead_letter_words as words
from service.commands.deployment import deployment
from service.commands.moments import Moment
from service.dead_letters import reading
from service.dead_letters.letters import Letter, Letters
from service.dead_letters.refused_record import NO_CODE, refused_record
from service.dead_letters.selection import Selection, groups
from service.dead_letters.sending_back import Answer, Return
from service.domain.policy_file import parse_policy
from service.faust_safe.batches import Refusal
from service.pace import Pace
from service.place import Place
from service.settings import Settings
from service.startup import check as check_start

CODES = [*(str(code) for code in Code), NO_CODE]
Asked = Callable[..., Any]
Say = Callable[[Answer], None]


@click.group(name="dead-letters", help="Refused records: list, show, replay.")
def command() -> None:
    """The group."""


def selecting(function: Asked) -> Asked:
    """The options by which letters are chosen."""
    for option in (
        click.option("--until", type=Moment(), help="Only those before this moment."),
        click.option("--since", type=Moment(), help="Only those from this moment on: 2h (ago), 2026-11-26, 2026-11-26T03:00Z."),
        click.option("--message", help="Only those with this text in their message."),
        click.option("--customer", "--subject", help="Only those of this customer."),
        click.option("--code", "codes", multiple=True, type=click.Choice(CODES), help="Only those with this code; repeatable."),
        click.option(
            "--topic",
            "topics",
            multiple=True,
            type=click.Choice(reading.SOURCES),
            help="Only those refused from this topic; repeatable.",
        ),
    ):
        function = option(function)
    return function


def _selection(settings: Settings, asked: dict[str, Any]) -> Selection:
    return Selection(
        tuple(map(settings.topic, asked["topics"])),
        asked["codes"],
        asked["customer"],
        asked["since"],
        asked["until"],
        asked["message"],
    )


@command.command(
    name="list",
    short_help="How many of what, with examples",
    help="How many of what since when, with an example, then the letters, the newest first.",
)
@selecting
@click.option("--all", "everything", is_flag=True, help="Also those that were sent back and not refused since.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(0), help="How many letters to list.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(everything: bool, limit: int, as_json: bool, **asked: Any) -> None:
    """Groups and letters on stdout."""
    with deployment() as settings:
        selection = _selection(settings, asked)
        found = [letter for letter in asyncio.run(_read(settings)) if selection.takes(letter)]
    shown = [letter for letter in found if everything or letter.open]
    newest = sorted(shown, key=lambda letter: letter.latest.timestamp, reverse=True)[:limit]
    if as_json:
        letters = [words.of_letter(each) for each in newest]
        _print({"groups": [words.of_group(each) for each in groups(shown)], "letters": letters})
    else:
        for line in (*words.table(groups(shown)), *words.lines(newest)):
            click.echo(line)
    click.echo(words.summary(len(newest), len(shown), len(found)), err=True)


@command.command(
    name="show",
    short_help="One letter as a whole",
    help="One letter as a whole. LETTER is its place: topic-partition@offset, like orders.dlt-0@17.",
)
@click.argument("letter")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(letter: str, as_json: bool) -> None:
    """Reason, origin, headers, value."""
    with deployment() as settings:
        found = asyncio.run(_find(settings, _place(letter)))
    if as_json:
        _print(words.whole(*found))
    else:
        click.echo("\n".join(words.page(*found)))


@command.command(
    name="replay",
    short_help="Send letters back",
    help="Send letters back to where they came from; those already sent back only with --again.",
)
@selecting
@click.option("--letter", "places", multiple=True, help="Only the letter at this place: topic-partition@offset; repeatable.")
@click.option("--again", is_flag=True, help="Also those that were sent back and not refused since. Repeats change nothing.")
@click.option("--also-refused", is_flag=True, help="Also those that would be refused again as they are.")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent, and what would be refused again.")
@click.option("--limit", type=click.IntRange(1), help="Send so many at most, the oldest first.")
@click.option("--rate", type=click.FloatRange(1), help="Letters a second at most.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--json", "as_json", is_flag=True, help="For programs: a line a letter.")
def replay(
    places: tuple[str, ...],
    again: bool,
    also_refused: bool,
    dry_run: bool,
    limit: int | None,
    rate: float | None,
    yes: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Say what was sent, and what was not and why."""
    asked_for = list(map(_place, places))
    with deployment() as settings:
        only = {place._replace(topic=topic) for place in asked_for for topic in (place.topic, settings.topic(place.topic))}
        selection = _selection(settings, asked)
        found = [
            letter
            for letter in asyncio.run(_read(settings))
            if selection.takes(letter) and (again or letter.open) and (not only or {letter.place, letter.latest.place} & only)
        ]
    chosen = sorted(found, key=lambda letter: (letter.latest.timestamp, letter.place))[:limit]
    if not chosen:
        click.echo("there is nothing to send back (see `tiering dead-letters list --all`)", err=True)
        return
    if not dry_run and not yes and sys.stdin.isatty():
        click.confirm(f"Send {len(chosen):,} letters back to where they came from?", abort=True, err=True)
    say = (lambda answer: _print(words.of_answer(answer))) if as_json else words.sayer(dry_run)
    with deployment() as settings:
        counts = asyncio.run(_replay(settings, chosen, say, also_refused, dry_run, rate))
    click.echo("\n".join(words.outcome(counts, dry_run)), err=True)


async def _read(settings: Settings) -> Letters:
    async with spans.consumer(settings) as source:
        with _progress() as progress:
            task = progress.add_task("reading letters", total=None)
            return await reading.read(settings, source, lambda: progress.advance(task))


async def _find(settings: Settings, place: Place) -> tuple[Letter, Any]:
    """A letter with the record at a place, which may be written without the deployment's prefix. Refusal."""
    letters = await _read(settings)
    async with spans.consumer(settings) as source:
        for topic in (place.topic, settings.topic(place.topic)):
            record = await reading.record(settings, source, place._replace(topic=topic))
            if record is not None and (letter := letters.of(refused_record(record), record.value)):
                return letter, record
    raise Refusal(f"there is no letter at {place}: `tiering dead-letters list` names those that are there")


async def _replay(
    settings: Settings,
    letters: list[Letter],
    say: Callable[[Answer], None],
    also_refused: bool,
    dry_run: bool,
    rate: float | None,
) -> Counter[str]:
    """How many were `sent`, how many are `gone`, and how many were not sent, by code."""
    policy = await check_start(replace(settings, policy=None))
    currency = parse_policy(policy.data.text).frame.currency
    back = Return(settings, currency, await reading.partition_counts(settings), also_refused=also_refused)
    counts: Counter[str] = Counter()
    async with spans.consumer(settings) as source:
        with _progress() as progress:
            task = progress.add_task("looking at" if dry_run else "sending back", total=len(letters))
            records = reading.records(source, letters)
            answers = back.look(records) if dry_run else back.send(records, Pace(rate))
            async with aclosing(answers):
                async for answer in answers:
                    say(answer)
                    counts["sent" if answer.to or answer.refused is None else answer.refused.code] += 1
                    progress.advance(task)
    counts["gone"] = len(letters) - counts.total()
    return +counts


def _progress() -> Progress:
    return Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=Console(stderr=True), transient=True)


def _place(text: str) -> Place:
    try:
        return Place.parse(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _print(content: Any) -> None:
    click.echo(msgspec.json.encode(content))
