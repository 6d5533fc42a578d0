"""Write the resources of the production overlay, or with --check name those that are stale, and exit with 1.

For another deployment: give its settings.env, and the resources come to stdout.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.strimzi.topics import topics
from deploy.strimzi.users import users
from service.settings import Settings

HERE = Path(__file__).parent
PRODUCTION = HERE.parent / "kubernetes" / "overlays" / "production" / "settings.env"
CUT = ("TIERING_PARTITIONS", "TIERING_INBOUND_PARTITIONS", "TIERING_REPLICATION", "TIERING_TOPIC_PREFIX")
"""What of the settings matters here; the rest names files that only pods have."""
FILES: dict[str, Callable[[Settings], Iterator[dict[str, Any]]]] = {"topics.yaml": topics, "users.yaml": users}
HEAD = """\
# Made by `python -m deploy.strimzi` from schemas/topics.py, service/access/rights.py and overlays/production/settings.env:
# do not change it here.
"""


def settings(environment: Path) -> Settings:
    """How a deployment is cut, by its settings.env."""
    lines = (line.partition("=") for line in environment.read_text().splitlines())
    return Settings.from_environment({name: value for name, _, value in lines if name in CUT})


def text(resources: Iterator[dict[str, Any]]) -> str:
    """YAML, a document a resource."""
    return str(yaml.safe_dump_all(resources, sort_keys=False, explicit_start=True, width=130))


def main(arguments: Sequence[str]) -> int:
    """The exit code (2: wrong use)."""
    if len(arguments) > 1 or (arguments and arguments[0] != "--check" and not Path(arguments[0]).is_file()):
        sys.stderr.write("usage: python -m deploy.strimzi [--check | SETTINGS.ENV]\n")
        return 2
    if arguments and arguments[0] != "--check":
        sys.stdout.writelines(text(make(settings(Path(arguments[0])))) for make in FILES.values())
        return 0
    expected = {HERE / name: HEAD + text(make(settings(PRODUCTION))) for name, make in FILES.items()}
    stale = [path for path, made in expected.items() if not path.exists() or path.read_text() != made]
    for path in stale:
        if arguments:
            sys.stderr.write(f"deploy/strimzi/{path.name} is stale: make schemas\n")
        else:
            path.write_text(expected[path])
    return 1 if arguments and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
