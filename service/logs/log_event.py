"""One kind of line in the log of operation."""

import logging
from typing import Any, NamedTuple

LOG = logging.getLogger("service")


class LogEvent(NamedTuple):
    """Called it is logged; `text` and `next_step` name fields in braces."""

    name: str
    level: int
    text: str
    meaning: str
    next_step: str = ""

    def __call__(self, *, error: BaseException | None = None, **fields: Any) -> None:
        """Log it; `error`: with where that came from."""
        extra = {"event": self.name, "fields": fields, "next_step": self.next_step.format(**fields)}
        LOG.log(self.level, "%s", self.text.format(**fields), exc_info=error, extra=extra)
