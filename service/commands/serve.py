"""`tiering serve`: look customers up over HTTP."""

import re

import click

from service import query
from service.commands.process_settings import WithSettings, process_settings, refused


class WithItsSettings(WithSettings):
    """Without those that the query has no use for."""

    def settings(self) -> list[tuple[str, str]]:
        """The rest."""
        return [each for each in super().settings() if not _OF_WORKERS.fullmatch(each[0])]


_OF_WORKERS = re.compile("TIERING_(KAFKA.*|REPLICATION|INBOUND_PARTITIONS|TIME|POLICY|PROFILE_SECONDS|INSTANCE)")


@click.command(
    cls=WithItsSettings, name="serve", help="Look customers up over HTTP: GET /customers/ID shows the profile in Redis."
)
def command() -> None:
    """Run until SIGTERM or Ctrl-C, or until something is wrong."""
    settings = process_settings(kafka=False)
    if faults := list(settings.query_access.faults(settings.query, production=settings.env == "production")):
        raise refused(faults)
    raise SystemExit(query.run(settings))
