"""`tiering send`: JSON Lines to an inbound topic."""

import asyncio
import os
from pathlib import Path

import click
import msgspec
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.progress import Progress

from schemas.envelope import STRUCTURED
from schemas.topics import INBOUND
from service.access.kafka_fault import in_words
from service.event_files import in_order
from service.pace import Pace
from service.settings import Settings, SettingsError


@click.command(name="send", help="Send files of events (JSON Lines, plain, .gz or .zst) to a topic.")
@click.option("--topic", type=click.Choice(INBOUND), required=True, help="The inbound topic.")
@click.option("--rate", type=click.FloatRange(1), help="Events a second at most (as fast as Kafka takes them).")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(topic: str, rate: float | None, files: tuple[Path, ...]) -> None:
    """Send every line as it is, keyed by its subject."""
    try:
        settings = Settings.from_environment(os.environ)
        count, seconds = asyncio.run(_send(settings, topic, list(files), rate))
    except (SettingsError, OSError) as error:
        raise SystemExit(_say(str(error), 2)) from error
    except KafkaError as error:
        raise SystemExit(_say(in_words(settings, error), 3)) from error
    _say(f"{count:,} events sent to {settings.topic(topic)} in {seconds:.1f} s")


async def _send(settings: Settings, topic: str, files: list[Path], rate: float | None) -> tuple[int, float]:
    for file in files:
        file.stat()  # a file that is not there is known before anything is sent
    producer = settings.cluster.producer(acks="all", enable_idempotence=True, linger_ms=5)
    pace = Pace(rate)
    try:
        await producer.start()
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("sending", total=None)
            for line in in_order(files):
                await pace.one_more()
                await producer.send(settings.topic(topic), line.value, key=_key(line.value), headers=list(STRUCTURED))
                progress.update(task, advance=1, description=f"sending {line.file}: {pace.count:,}")
        await producer.flush()
    finally:
        await producer.stop()
    return pace.count, pace.seconds


def _key(value: bytes) -> bytes | None:
    """The customer, where the line names one; what is wrong with a line is for intake to say."""
    try:
        subject = msgspec.json.decode(value, type=dict[str, object]).get("subject")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return subject.encode() if isinstance(subject, str) else None


def _say(text: str, code: int = 0) -> int:
    click.echo(text, err=True)
    return code
