"""Write the dashboards anew, or with --check say whether those on disk are fresh."""

import sys
from pathlib import Path

from deploy.dashboards import business, sre
from deploy.dashboards.grafana import as_json

FOLDER = Path(__file__).parents[1] / "grafana" / "dashboards"
BOARDS = (sre.BOARD, business.BOARD)


def main(arguments: list[str]) -> int:
    """0, or 1 when --check finds that a file is not what the code says."""
    stale = 0
    for board in BOARDS:
        path, text = FOLDER / f"{board.uid}.json", as_json(board)
        if arguments != ["--check"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale += 1
            sys.stderr.write(f"deploy/grafana/dashboards/{path.name} is stale: make dashboards\n")
    return min(stale, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
