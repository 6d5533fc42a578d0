"""`tiering demo`: real customers move between tiers on a real Kafka."""

import asyncio
import errno
import logging
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import click
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError
from rich.console import Console
from rich.live import Live

from service.demo import screen
from service.demo.board import Board
from service.demo.course import Course, Disagreement
from service.demo.deployment import POLICY, Deployment
from service.demo.watch import Watch
from service.domain.policy import Policy
from service.domain.policy_file import parse_policy
from service.laptop.process import ServerError
from service.laptop.servers import Servers

TOTAL = 30_589
DREW_SECONDS, SAID_SECONDS, PATIENCE_SECONDS = 0.25, 2.0, 5.0


@click.command(name="demo", help="Start Kafka and Redis, send a year of real purchases, watch customers move between tiers.")
@click.option("--once", is_flag=True, help="Exit when done instead of leaving everything running.")
@click.option("--rate", default=2_000.0, show_default=True, type=click.FloatRange(1), help="Events a second to send at most.")
@click.option("--svg", type=click.Path(path_type=Path), help="Save the last screen as a picture.")
def command(once: bool, rate: float, svg: Path | None) -> None:
    """Show it; exit 1 when Redis disagrees with the truth, 3 when a server fails."""
    signal.signal(signal.SIGTERM, _interrupt)
    for name in ("aiokafka", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is said here, in one sentence
    try:
        _demo(once=once, rate=rate, svg=svg)
    except KeyboardInterrupt:
        _say("Stopped; nothing is left running.")
    except Disagreement as disagreement:
        raise SystemExit(_say(f"Wrong: {disagreement}", 1)) from disagreement
    except ServerError as error:
        raise SystemExit(_say(str(error), 3)) from error
    except KafkaError as error:
        message = f"Kafka does not answer ({error}): is it running, and is TIERING_KAFKA right if it is set?"
        raise SystemExit(_say(message, 3)) from error
    except RedisError as error:
        message = f"Redis does not answer ({error}): is it running, and is TIERING_REDIS right if it is set?"
        raise SystemExit(_say(message, 3)) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise SystemExit(_say("The disk is full: free some space and start again", 3)) from error
        raise


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _demo(*, once: bool, rate: float, svg: Path | None) -> None:
    began = time.monotonic()
    _say("Starting Kafka and Redis ...")
    with Servers() as servers:
        _say(f"Kafka {servers.kafka} and Redis {servers.redis} answer after {time.monotonic() - began:.1f} s")
        text = POLICY.read_text(encoding="utf-8")
        policy, board = parse_policy(text), Board(TOTAL)
        with Deployment(servers) as deployment:
            asyncio.run(_show(deployment, policy, board, rate=rate, once=once, svg=svg, began=began))


async def _show(
    deployment: Deployment, policy: Policy, board: Board, *, rate: float, once: bool, svg: Path | None, began: float
) -> None:
    await deployment.begin(policy.text)
    watch = Watch(deployment.settings, policy, board)
    course = asyncio.create_task(Course(deployment, watch, board, rate).run())
    watchers = [asyncio.create_task(watch.changes()), asyncio.create_task(watch.figures())]
    try:
        with _Output(board, policy) as draw:
            await _until_done(course, watchers, deployment, draw)
            board.step = "done"
            draw(last=True)
            if svg is not None:
                screen.save_svg(board, policy, svg)
            _sum_up(board, time.monotonic() - began)
            if not once:
                _say("Everything goes on running: Ctrl-C ends it.")
                await _until_done(asyncio.create_task(asyncio.Event().wait()), watchers, deployment, draw)
    finally:
        for task in (course, *watchers):
            task.cancel()
        # A server that has died lets nobody end in order: no waiting for long, and no second complaint.
        with suppress(KafkaError, RedisError, TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.gather(course, *watchers, return_exceptions=True)
                await watch.model.stop()
                await deployment.clear()


async def _until_done(
    course: "asyncio.Task[object]", watchers: "list[asyncio.Task[None]]", deployment: Deployment, draw: "_Output"
) -> None:
    while not course.done():
        await asyncio.wait([course, *watchers], timeout=DREW_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        deployment.check()
        for watcher in watchers:
            if watcher.done():
                watcher.result()
        draw()
    course.result()


class _Output:
    """A live screen on a terminal, else a plain line now and then."""

    def __init__(self, board: Board, policy: Policy) -> None:
        self.board, self.policy = board, policy
        console = Console(stderr=True)
        self.live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self.said = 0.0

    def __enter__(self) -> "_Output":
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self.live.stop()

    def __call__(self, *, last: bool = False) -> None:
        if self.live:
            size = self.live.console.size
            self.live.update(screen.picture(self.board, self.policy, size.width, size.height), refresh=True)
        elif last or time.monotonic() - self.said > SAID_SECONDS:
            self.said = time.monotonic()
            _say(screen.line(self.board))


def _sum_up(board: Board, seconds: float) -> None:
    for check in board.checks:
        _say(f"✓ {check}")
    _say("  compared: orders, purchase days, spend, last day. The latest tier changes:")
    for change, _ in board.changes:
        _say(f"  {change}")
    _say(f"{board.total:,} events, {board.customers} customers, {board.announced:,} tier changes in {seconds:.0f} s")


def _say(text: str, code: int = 0) -> int:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
    return code
