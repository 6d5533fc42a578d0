"""`tiering serve`: look customers up over HTTP."""

import click

from service import serving
from service.commands.process_settings import WithSettings, process_settings, refused


@click.command(cls=WithSettings, name="serve", help="Look customers up over HTTP: GET /customers/ID shows the profile in Redis.")
def command() -> None:
    """Run until SIGTERM or Ctrl-C, or until something is wrong."""
    settings = process_settings(kafka=False)
    if faults := list(settings.query_access.faults(settings.query, production=settings.env == "production")):
        raise refused(faults)
    raise SystemExit(serving.run(settings))
