"""`tiering topics`: what topics there have to be, and making them."""

import asyncio
import logging
import os
from pathlib import Path

import click
import msgspec
from aiokafka.errors import KafkaError

from service import admin
from service.access.kafka_fault import in_words
from service.commands import acl
from service.domain.policy_file import PolicyError
from service.faust_safe.batches import Refusal
from service.faust_safe.forbidden import Forbidden
from service.settings import Settings, SettingsError
from service.startup import check as check_start


@click.group(name="topics", help="The topics: plan, apply, check; and who needs which rights: acl.")
def command() -> None:
    """The group."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it logs what it also raises


command.add_command(acl.command)


@command.command(name="plan", help="What `apply` would create.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def plan(as_json: bool) -> None:
    """A line a topic."""
    planned = admin.plan(_settings())
    if as_json:
        lines = [{"name": name, "partitions": count, "config": topic.configuration()} for topic, name, count in planned]
        click.echo(msgspec.json.encode(lines))
        return
    for topic, name, count in planned:
        click.echo(f"{name:32} {count:3} partitions  {topic.cleanup:8} {topic.purpose}")


@command.command(name="apply", help="Create missing topics and write the first policy into the log.")
@click.option("--policy", type=click.Path(path_type=Path), required=True, help="The policy file.")
def apply(policy: Path) -> None:
    """Say what was done."""
    settings = _settings()
    try:
        done = asyncio.run(admin.apply(settings, policy.read_text(encoding="utf-8")))
    except (UnicodeDecodeError, PolicyError) as error:
        raise SystemExit(_say(f"{policy}: {error}", 2)) from error
    except (OSError, admin.TopicsRefusedError) as error:
        raise SystemExit(_say(str(error), 2)) from error
    except (KafkaError, Forbidden) as error:
        raise SystemExit(_say(in_words(settings, error), 3)) from error
    for line in done or ["all topics are there, and the log begins with this policy"]:
        click.echo(line, err=True)


@command.command(name="check", help="Exit 0 when all is as planned and a worker could start, 1 when not.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(as_json: bool) -> None:
    """Name each difference."""
    settings = _settings()
    try:
        faults = asyncio.run(_faults(settings))
    except (KafkaError, Forbidden) as error:
        raise SystemExit(_say(in_words(settings, error), 3)) from error
    if as_json:
        click.echo(msgspec.json.encode({"faults": faults}))
    if faults:
        raise SystemExit(_say("\n".join(faults), 1))
    click.echo("the topics are as they have to be", err=True)


async def _faults(settings: Settings) -> list[str]:
    differences = await admin.check_topics(settings)
    try:
        await check_start(settings)
    except Refusal as refusal:
        # What a worker says of a topic that is already named would only say it twice.
        if not differences:
            return [str(refusal)]
    return differences


def _settings() -> Settings:
    try:
        return Settings.from_environment(os.environ)
    except SettingsError as error:
        raise SystemExit(_say(str(error), 2)) from error


def _say(message: str, code: int) -> int:
    click.echo(message, err=True)
    return code
