"""How `tiering dead-letters` says it: letters, groups and answers for people, and the same for programs."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import click
import msgspec

from schemas.dead_letters import own_headers
from service.dead_letters.letters import Letter
from service.dead_letters.selection import Group
from service.dead_letters.sending_back import Answer

_MOST_MESSAGE, _MOST_UNSENT = 120, 20


def of_letter(letter: Letter) -> dict[str, Any]:
    """A letter for programs."""
    latest = letter.latest
    return {
        "letter": str(letter.place),
        "topic": latest.topic,
        "code": latest.code,
        "message": latest.message,
        "customer": latest.customer,
        "at": _time(latest.timestamp),
        "since": _time(letter.since),
        "attempts": letter.attempts,
        "status": "open" if letter.open else "sent-back",
        "lies_at": str(latest.place),
        "came_from": None if latest.source is None else str(latest.source),
        "bytes": latest.size,
        "sent_back": letter.replay,
    }


def of_group(group: Group) -> dict[str, Any]:
    """A group for programs."""
    example = group.example
    return {
        "topic": group.topic,
        "code": group.code,
        "count": group.count,
        "since": _time(group.since),
        "latest": _time(example.latest.timestamp),
        "example": str(example.place),
        "message": example.latest.message,
    }


def of_answer(answer: Answer) -> dict[str, Any]:
    """What becomes of a letter, for programs; `to` has no offset when it was not sent."""
    again = None if answer.refused is None else {"code": answer.refused.code, "message": answer.refused.message}
    return {"letter": str(answer.letter.place), "to": _to(answer), "refused_again": again}


def table(groups: list[Group]) -> Iterator[str]:
    """A line a group under a headline, and a line for its example."""
    if not groups:
        return
    width = max(len(group.topic) for group in groups)
    yield f"{'letters':>9}  {'topic':{width}}  {'code':20}  {'since':20}  latest"
    for group in groups:
        example = group.example
        times = f"{_time(group.since)}  {_time(example.latest.timestamp)}"
        yield f"{group.count:>9,}  {group.topic:{width}}  {group.code:20}  {times}"
        yield f"{'':9}  for example {example.place}: {_short(example.latest.message)}"
    yield ""


def lines(letters: list[Letter]) -> Iterator[str]:
    """A line a letter."""
    for letter in letters:
        latest = letter.latest
        often = f" ({letter.attempts} times)" if letter.attempts > 1 else ""
        back = "" if letter.open or letter.replay is None else f" [sent back {letter.replay.at:%Y-%m-%dT%H:%M:%SZ}]"
        head = f"{letter.place}  {_time(latest.timestamp)}  {_plain(latest.customer or '-')}  {latest.code}{often}{back}"
        yield f"{head}  {_short(latest.message)}"


def summary(listed: int, shown: int, found: int) -> str:
    """What was left out, and how to see it."""
    said = [f"{shown:,} letters" if shown else "no letters"]
    if listed < shown:
        said.append(f"the newest {listed:,} are listed (--limit)")
    if shown < found:
        said.append(f"{found - shown:,} more were sent back and not refused since (--all)")
    return "; ".join(said)


def whole(letter: Letter, record: Any) -> dict[str, Any]:
    """A letter with its record, for programs: bytes that are no text are escaped."""
    return {
        **of_letter(letter),
        "timestamp": _time(record.timestamp),
        "key": _text(record.key),
        "headers": [[name, _text(content)] for name, content in record.headers],
        "value": _text(record.value),
    }


def page(letter: Letter, record: Any) -> Iterator[str]:
    """A letter with its record, for people."""
    latest = letter.latest
    yield f"{letter.place}"
    yield f"  {latest.code}: {_plain(latest.message)}"
    facts = {
        "customer": latest.customer or "not told",
        "came from": latest.source or "not told",
        "timestamp": _time(record.timestamp),
        "refused": f"{letter.attempts} times" if letter.attempts > 1 else "once",
        "lies at": latest.place,
        "sent back": "never" if letter.replay is None else f"{letter.replay.at:%Y-%m-%dT%H:%M:%SZ} to {letter.replay.to}",
        "goes back to": latest.topic,
        "key": _text(record.key) if record.key is not None else "none",
    }
    yield from (f"  {name:13} {_plain(fact)}" for name, fact in facts.items())
    yield from (f"  header        {_plain(name)}: {_plain(_text(content))}" for name, content in own_headers(record.headers))
    yield f"  value         {len(record.value):,} bytes" if record.value is not None else "  value         none"
    if record.value:
        yield _pretty(record.value)


def sayer(dry_run: bool) -> Callable[[Answer], None]:
    """What is said of each letter: in a dry run all of it, else only of the first that were not sent."""
    unsent = count()

    def say(answer: Answer) -> None:
        letter, refused = answer.letter, answer.refused
        why = f"would be refused again, {refused.code}: {_short(refused.message)}" if refused else ""
        if dry_run and answer.to is not None:
            click.echo(f"{letter.place}  would go to {_to(answer)}{f' and {why}' if why else ''}")
        elif answer.to is None and (next(unsent) < _MOST_UNSENT or dry_run):
            click.echo(f"{letter.place}  stays: {why}")

    return say


def outcome(answers: Counter[str], dry_run: bool) -> list[str]:
    """How many were sent, how many were not and why."""
    counts = Counter(answers)
    sent, gone = counts.pop("sent", 0), counts.pop("gone", 0)
    said = [f"{sent:,} letters would be sent back" if dry_run else f"{sent:,} letters sent back"]
    if counts:
        kinds = ", ".join(f"{code} {number:,}" for code, number in counts.most_common())
        said.append(f"{counts.total():,} stay where they are, as they would be refused again (--also-refused): {kinds}")
    if gone:
        said.append(f"{gone:,} are not there any more")
    if sent and not dry_run:
        said.append("what is refused again shows in `tiering dead-letters list`, as the same letter")
    return said


def _to(answer: Answer) -> str | None:
    to = answer.to
    return None if to is None else f"{to.topic}-{to.partition}" if to.offset < 0 else str(to)


def _time(milliseconds: int) -> str:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError):  # producers may write any timestamp
        return f"{milliseconds} ms"


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "backslashreplace")


def _short(message: str) -> str:
    return _plain(message if len(message) <= _MOST_MESSAGE else f"{message[:_MOST_MESSAGE]}...")


def _plain(text: object) -> str:
    """Nothing that a producer wrote moves the reader's cursor."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in str(text))


def _pretty(value: bytes) -> str:
    try:
        text = msgspec.json.format(value.decode(), indent=2)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        text = _text(value) or ""
    return "\n".join(map(_plain, text.split("\n")))
