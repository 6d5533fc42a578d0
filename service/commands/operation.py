"""A command that works for long and changes much: the log says when it began, how it ended, and what to do when it broke off.

Log lines are for who was not there. So they come as JSON, to stderr, beside the words of the command; on a terminal, where people
read these words, they do not come at all. SIGTERM, as a container is stopped, breaks it off as Ctrl-C does.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from service.faust_safe.batches import Refusal
from service.logs import log_lines
from service.logs.error_words import in_short
from service.logs.log_event import LOG
from service.logs.log_lines import JsonLines
from service.logs.termination_log import TerminationLog
from service.settings import Settings


@contextmanager
def operation(settings: Settings, name: str) -> Iterator[None]:
    """What is logged meanwhile is logged as that of this command."""
    form = log_lines.formatter(settings.log, name, terminal=sys.stderr.isatty(), environ=os.environ)
    handlers: list[logging.Handler] = [TerminationLog(settings.termination_log)]
    if isinstance(form, JsonLines):
        handlers.append(logging.StreamHandler(sys.stderr))
        handlers[-1].setFormatter(form)
    before, level = LOG.handlers, LOG.level
    LOG.handlers = [*before, *handlers]
    LOG.setLevel(logging.INFO)
    try:
        with _ended_in_order():
            yield
    finally:
        LOG.handlers = before
        LOG.setLevel(level)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # signals are not for others
        yield
        return
    before = signal.signal(signal.SIGTERM, _broken_off)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _broken_off(number: int, frame: FrameType | None) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a script started it in the background: Ctrl-C is not for it
        signal.default_int_handler(number, frame)
    signal.raise_signal(signal.SIGINT)


def why(error: BaseException) -> str:
    """Why it broke off, without what an error may quote of a customer."""
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
        return "it was told to stop"
    return str(error) if isinstance(error, Refusal) else in_short(error)
