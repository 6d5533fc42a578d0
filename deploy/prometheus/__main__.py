"""Write the rules as the Prometheus operator takes them, or with --check say that they are stale, and exit with 1.

There is one source, rules.yml; comments and all stand in the resource as they stand there.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import indent

HERE = Path(__file__).parent
RULES = HERE / "rules.yml"
RESOURCE = HERE.parent / "kubernetes" / "components" / "prometheus-operator" / "rules.yaml"
HEAD = """\
# Made by `python -m deploy.prometheus` from deploy/prometheus/rules.yml: do not change it here.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: tiering
spec:
"""


def resource() -> str:
    """The PrometheusRule."""
    return HEAD + indent(RULES.read_text(), "  ")


def main(arguments: Sequence[str]) -> int:
    """The exit code (2: wrong use)."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m deploy.prometheus [--check]\n")
        return 2
    if not arguments:
        RESOURCE.write_text(resource())
        return 0
    fresh = RESOURCE.exists() and RESOURCE.read_text() == resource()
    if not fresh:
        sys.stderr.write(f"{RESOURCE} is stale: run `python -m deploy.prometheus`\n")
    return 0 if fresh else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
