"""redis-cli -u URL COMMAND..., where it is not installed: one command, sent as it is."""

import sys

from redis import Redis

if __name__ == "__main__":
    _, option, url, *words = sys.argv
    if option != "-u":
        raise SystemExit(f"{option}: only -u is known")
    print(Redis.from_url(url).execute_command(*words))  # type: ignore[no-untyped-call]  # noqa: T201
