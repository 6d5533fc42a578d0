"""`tiering`: the one console script."""

import importlib
from collections.abc import Sequence

import click

GROUPS = {
    "Run": {
        "worker": "One process of each role, or of one",
        "serve": "Look customers up over HTTP",
        "demo": "Start Kafka and Redis, watch real customers move between tiers",
    },
    "Operate": {
        "doctor": "What is wrong, and what to do: a line each",
        "topics": "What topics there have to be, and making them",
        "dead-letters": "What was refused and why; send it back",
        "send": "Files of events to a topic",
        "backfill": "History from files straight into the log",
        "customers": "One customer: show his row, release it from quarantine, erase him",
        "rebuild": "Make the rows anew from the log, announce what differs",
    },
    "Look": {
        "replay": "Run files of events through the whole service, without Kafka",
        "fit": "Fit the churn parameters to history",
        "policy": "Check, show, compare policies, put one in force",
    },
}


class Tiering(click.Group):
    """Commands by what they are for; each is imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return [name for commands in GROUPS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module("service.commands." + cmd_name.replace("-", "_")).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands in their groups, without importing them."""
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))


@click.group(cls=Tiering, context_settings={"help_option_names": ["-h", "--help"]})
def tiering() -> None:
    """Keep every customer's tier, segment and standing, and publish every change."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point of the console script."""
    tiering(args=arguments, prog_name="tiering")


if __name__ == "__main__":
    main()
