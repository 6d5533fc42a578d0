"""Asks the probes of this machine's worker: `python -m service.web.health livez` (or readyz) exits with 0 or 1.

For Docker's HEALTHCHECK; Kubernetes asks by itself. A worker of one role listens on the port of TIERING_HTTP; one of all roles
on that and the next two, and when one of its roles ends all do. So the first port has to answer, and of the others those
that somebody listens on.
"""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence

PROBES = ("startupz", "readyz", "livez")
ROLES = 3
SECONDS = 4.0
NOWHERE = "127.0.0.1:0"
"""Where a worker listens by default: on a port that nobody knows."""
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}


def faults(http: str, probe: str) -> list[str]:
    """What the probes of a worker with this TIERING_HTTP say against it, a line each."""
    host, _, first = http.rpartition(":")
    found = []
    for number in range(ROLES):
        address = f"{_EVERYWHERE.get(host, host)}:{int(first) + number}"
        try:
            urllib.request.urlopen(f"http://{address}/{probe}", timeout=SECONDS).close()
        except urllib.error.HTTPError as error:
            found.append(f"{address}: {error.read().decode(errors='replace')}")
        except OSError as error:
            refused = isinstance(getattr(error, "reason", error), ConnectionRefusedError)
            if number == 0 or not refused:
                found.append(f"{address}: {error}")
    return found


def main(arguments: Sequence[str]) -> int:
    """The exit code of a health check."""
    if len(arguments) != 1 or arguments[0] not in PROBES:
        sys.stderr.write(f"usage: python -m service.web.health {'|'.join(PROBES)}\n")
        return 2
    # Read here alone: to import the settings, and Kafka's client with them, takes more time than to ask.
    found = faults(os.environ.get("TIERING_HTTP", "").strip() or NOWHERE, arguments[0])
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
