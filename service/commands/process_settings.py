"""The settings of a process that goes on running: in its help, from the environment, and what becomes of wrong ones."""

import os
from collections.abc import Iterable
from pathlib import Path

import click

from service.exit_codes import WRONG_USE
from service.logs import termination_log
from service.settings import TERMINATION_LOG, Settings, SettingsError, variables


class WithSettings(click.Command):
    """Help that names the settings of the environment."""

    def settings(self) -> list[tuple[str, str]]:
        """Each with its meaning."""
        return variables()

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The settings below the options."""
        with formatter.section("Settings (environment, with defaults)"):
            formatter.write_dl(self.settings())


def process_settings(*, kafka: bool = True) -> Settings:
    """What the environment says; `kafka`: whether that is asked for. Where it is wrong the process ends, with a sentence."""
    try:
        return Settings.from_environment(os.environ, kafka=kafka)
    except SettingsError as error:
        raise refused(error.faults) from None


def refused(faults: Iterable[str]) -> SystemExit:
    """The end of a process that can't work with its settings."""
    words = "; ".join(faults)
    click.echo(words, err=True)
    termination_log.write(Path(os.environ.get("TIERING_TERMINATION_LOG") or TERMINATION_LOG), words)
    return SystemExit(WRONG_USE)
