"""`tiering customers`: how a customer stands by his row, release from quarantine, and erasure."""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import Progress

from schemas.checks import check_controls
from schemas.dead_letters import InvalidEvent
from service import erasure, release, startup, stored_customer
from service.commands.deployment import deployment, said
from service.exit_codes import WRONG_USE
from service.faust_safe.reader import Reader
from service.release import StillFails
from service.settings import Settings
from service.stored_customer import StoredCustomer

MOST_CHARACTERS = 128


def _checked(_: click.Context, __: click.Parameter, customer_id: str) -> str:
    """As the contract wants a `subject`: what is erased is named in the log for good."""
    try:
        check_controls(customer_id, "ID")
        customer_id.encode()
    except (InvalidEvent, UnicodeEncodeError) as error:
        raise click.BadParameter("no customer's id holds control characters, or what is not UTF-8") from error
    if not 1 <= len(customer_id) <= MOST_CHARACTERS:
        raise click.BadParameter(f"a customer's id has 1 to {MOST_CHARACTERS} characters, this one {len(customer_id)}")
    return customer_id


_id = click.argument("customer_id", metavar="ID", callback=_checked)


@click.group(name="customers", help="One customer: show, release, erase.")
def command() -> None:
    """The group."""


@command.command(
    name="show",
    short_help="What his row says",
    help="What a customer's row says, and why he is in quarantine; exit 1 when there is no such customer.",
)
@_id
@click.option("--json", "as_json", is_flag=True, help="For programs, on stdout.")
def show(customer_id: str, as_json: bool) -> None:
    """The profile on stdout, the rest in words."""
    with deployment() as settings:
        found = asyncio.run(_found(settings, customer_id))
    if found.row is None and found.quarantined is None:
        why = "he was erased" if found.erased else "no event of his was accepted"
        raise SystemExit(said(f"{customer_id} has no row in partition {found.partition}: {why}", 1))
    document = _document(found)
    if as_json:
        click.echo(msgspec.json.encode(document).decode())
        return
    click.echo(_words(found), err=True)
    if document["profile"] is not None:
        click.echo(msgspec.json.format(msgspec.json.encode(document["profile"]), indent=2).decode())


@command.command(
    name="release",
    short_help="Let him out of quarantine",
    help="Make a quarantined customer's row anew from the log, and have the workers take it up.",
)
@_id
def release_command(customer_id: str) -> None:
    """Exit 1 when he is in no quarantine, or would be put there again."""
    with deployment() as settings:
        try:
            asyncio.run(_release(settings, customer_id))
        except StillFails as why:
            message = (
                f"{customer_id} can't be released: his events can't be folded by this version either ({why}); mend that first"
            )
            raise SystemExit(said(message, 1)) from why


@command.command(
    name="erase",
    short_help="Forget him",
    help="""Forget a customer: his row, his published profile and what Redis has of him go; nobody is told of it.

    It is a record in the log, which the workers take up as they read on. His events stay in the log, pseudonymous as they came:
    deploy/README.md says what else stays, and what to do about it. Nobody needs to be known to be erased, and to erase
    him again changes nothing. There is no way back.""",
)
@_id
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--dry-run", is_flag=True, help="Only say what there is of him.")
@click.option("--wait", default=30.0, show_default=True, type=click.FloatRange(0), help="Seconds to wait for workers; 0: none.")
def erase_command(customer_id: str, yes: bool, dry_run: bool, wait: float) -> None:
    """Exit 1 when the workers have not read it in that time, or are of a version that does not know of erasures."""
    with deployment() as settings:
        found, published = asyncio.run(_before_erasure(settings, customer_id))
        click.echo(_kept_of(found, published), err=True)
        if dry_run:
            return
        if not yes:
            if not sys.stdin.isatty():
                raise SystemExit(said("nobody can be asked here: say --yes", WRONG_USE))
            click.confirm(f"Erase {customer_id}? There is no way back", abort=True, err=True)
        code = asyncio.run(_erase(settings, found, published or 0, wait))
    raise SystemExit(code)


async def _found(settings: Settings, customer_id: str) -> StoredCustomer:
    await startup.check(replace(settings, policy=None))
    reader = Reader(settings.cluster)
    try:
        return await stored_customer.find(reader, settings, customer_id)
    finally:
        await reader.stop()


async def _release(settings: Settings, customer_id: str) -> None:
    found = await _found(settings, customer_id)
    if found.quarantined is None:
        raise SystemExit(said(f"{customer_id} is in no quarantine", 1))
    if found.time not in (None, settings.time):
        raise SystemExit(said(f"the log is read in {found.time} time, and TIERING_TIME is {settings.time}: set it so", 2))
    reader = Reader(settings.cluster)
    try:
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task(f"reading partition {found.partition} of the log", total=None)

            def seen(offset: int, end: int) -> None:
                progress.update(task, completed=offset, total=end)

            made = await release.remade(reader, settings, customer_id, found.partition, seen)
    finally:
        await reader.stop()
    offset = await release.send(settings, customer_id, made)
    said(f"{customer_id} is released with offset {offset} of partition {made.partition}: what differs is announced then", 0)
    if offset > made.end:
        letters = f"tiering dead-letters replay --code customer-quarantined --customer {customer_id}"
        said(f"What came meanwhile is a dead letter, if it was his: `{letters}`", 0)


async def _before_erasure(settings: Settings, customer_id: str) -> tuple[StoredCustomer, int | None]:
    found = await _found(settings, customer_id)
    reader = Reader(settings.cluster)
    try:
        return found, await erasure.published_sequence(reader, settings, customer_id, found.partition)
    finally:
        await reader.stop()


async def _erase(settings: Settings, found: StoredCustomer, sequence: int, wait: float) -> int:
    offset = await erasure.send(settings, found.id, found.partition, sequence)
    said(f"the erasure is written: offset {offset} of partition {found.partition} of the log", 0)
    reader = Reader(settings.cluster)
    try:
        obeyed = await erasure.was_obeyed(reader, settings, found.id, found.partition, offset, wait)
    finally:
        await reader.stop()
    if obeyed is None:
        code = 1 if wait else 0  # a script that waits must be able to tell done from written
        return said("no worker has read so far yet: it is done when one has, see `tiering customers show`", code)
    if not obeyed:
        return said("a worker that does not know of erasures has passed over it: upgrade all workers, then erase again", 1)
    return said(f"{found.id} is erased", 0)


def _kept_of(found: StoredCustomer, published: int | None) -> str:
    """What there is of a customer."""
    row = "no row" if found.row is None else f"a row of {len(found.row):,} bytes"
    quarantined = ", in quarantine" if found.quarantined is not None else ""
    profile = "no published profile" if published is None else f"a published profile, {published} announcements"
    erased = "; he was erased before" if found.erased else ""
    return f"{found.id}, partition {found.partition}: {row}{quarantined}, {profile}{erased}"


def _words(found: StoredCustomer) -> str:
    lines = [f"{found.id}, partition {found.partition}"]
    if (kept := found.quarantined) is not None:
        when = f" since {datetime.fromtimestamp(kept.since / 1000, UTC):%Y-%m-%d %H:%M} UTC" if kept.since else ""
        at = f", from offset {kept.offset} on" if kept.offset >= 0 else ""
        lines.append(f"in quarantine{when}{at}: {kept.reason}")
        lines.append(f"when it is mended: `tiering customers release {found.id}`")
    if found.damage is not None:
        lines.append(f"the row can't be read: {found.damage}")
    elif found.customer is not None:
        lines.append(f"a row of {len(found.row or b''):,} bytes, up to offset {found.customer.position} of the log")
    return "\n".join(lines)


def _document(found: StoredCustomer) -> dict[str, Any]:
    customer, policy = found.customer, found.policy
    kept = found.quarantined
    return {
        "customer_id": found.id,
        "partition": found.partition,
        "quarantined": None if kept is None else {"reason": kept.reason, "offset": kept.offset, "since": kept.since},
        "damage": found.damage,
        "row_bytes": None if found.row is None else len(found.row),
        "profile": None if customer is None or policy is None else customer.profile(policy, customer.position),
    }
