"""The deployment that a command works on; what goes wrong with it is one sentence and an exit code."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
from aiokafka.errors import KafkaError

from service.access.kafka_fault import in_words
from service.domain.policy_file import PolicyError
from service.exit_codes import NOT_REACHABLE, WRONG_USE
from service.faust_safe.batches import Refusal
from service.faust_safe.forbidden import Forbidden
from service.log_mismatch import LogMismatch
from service.rows.customer_row import FutureRow
from service.settings import Settings, SettingsError


@contextmanager
def deployment() -> Iterator[Settings]:
    """The settings of the environment. Raises SystemExit: 2 what can't be read or is refused, 3 Kafka does not answer."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it logs what it also raises
    settings = Settings()
    try:
        settings = Settings.from_environment(os.environ)
        yield settings
    except (SettingsError, PolicyError, UnicodeDecodeError, Refusal, LogMismatch, FutureRow, OSError) as error:
        raise SystemExit(said(str(error), WRONG_USE)) from error
    except (KafkaError, Forbidden) as error:
        raise SystemExit(said(in_words(settings, error), NOT_REACHABLE)) from error


def said(message: str, code: int) -> int:
    """The exit code, after its reason."""
    click.echo(message, err=True)
    return code
