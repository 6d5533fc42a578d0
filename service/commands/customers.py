"""`tiering customers`: how a customer stands by his row, and release from quarantine."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import Progress

from service import release, startup, stored_customer
from service.commands.deployment import deployment, said
from service.faust_safe.reader import Reader
from service.release import StillFails
from service.settings import Settings
from service.stored_customer import StoredCustomer

_id = click.argument("customer_id", metavar="ID")


@click.group(name="customers", help="One customer: show, release.")
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
        raise SystemExit(said(f"{customer_id} has no row in partition {found.partition}: no event of his was accepted", 1))
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
