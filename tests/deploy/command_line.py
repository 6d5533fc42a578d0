"""What a command line in a file of deploy/ says to `tiering`, without running it."""

from collections.abc import Sequence

import click

from service.commands.main import tiering


def parsed(arguments: Sequence[str]) -> click.Context:
    """The context of the command that these arguments name. click.UsageError when there is no such command or option."""
    command: click.Command = tiering
    context, rest = click.Context(tiering, info_name="tiering"), list(arguments)
    while isinstance(command, click.Group) and rest:
        name = rest.pop(0)
        found = command.get_command(context, name)
        if found is None:
            raise click.UsageError(f"tiering has no command {name}")
        command, context = found, click.Context(found, parent=context, info_name=name)
    return command.make_context(context.info_name, rest, parent=context.parent)
