"""Log lines: for people, or one JSON object a line. They carry no customer data.

What a log call passes as `extra` becomes fields of the JSON object.
"""

import logging
import sys
from datetime import UTC, datetime
from typing import Literal

import msgspec

_encode = msgspec.json.Encoder(enc_hook=str).encode
_STANDARD = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One JSON object an event: time, level, role, logger, message, its own fields, and the error if there is one."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.role = role

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        own = {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
        line = own | {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "role": self.role,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = self.formatException(record.exc_info)
        return _encode(line).decode()


def configure(style: Literal["human", "json"], role: str) -> None:
    """Send log lines to stderr: the service's from info on, the libraries' from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonLines(role) if style == "json" else logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("service", "agents"):
        logging.getLogger(name).setLevel(logging.INFO)
    logging.getLogger("service.faust_safe").setLevel(logging.WARNING)  # Faust tells there what it starts and stops
    # After a commit the broker refuses the next transaction until the markers are written: aiokafka retries, and it is no fault.
    logging.getLogger("aiokafka.producer.sender").addFilter(lambda record: "NotEnoughReplicas" not in record.getMessage())
