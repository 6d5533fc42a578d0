"""`python -m tests.deploy.picture http://127.0.0.1:9090 FOLDER [MINUTES]`: each dashboard as an SVG, and what is empty in it."""

import json
import sys
import time
from pathlib import Path

from tests.deploy.picture.asked import Prometheus, Window
from tests.deploy.picture.page import page

DASHBOARDS = Path(__file__).parents[3] / "deploy" / "grafana" / "dashboards"
POINTS = 50
"""Of a line, at most: the pictures are to be small."""


def draw(address: str, folder: Path, minutes: float, *, scrape: int = 5, end: float | None = None) -> dict[str, list[str]]:
    """Writes the pictures, of the time up to now or `end` (Unix seconds); which panels of each dashboard had no data."""
    step = max(scrape, int(minutes * 60 / POINTS))
    end = (end or time.time()) // step * step
    prometheus = Prometheus(address, Window(end - int(minutes * 60) // step * step, end, step), scrape)
    empty = {}
    for path in sorted(DASHBOARDS.glob("*.json")):
        dashboard = json.loads(path.read_text())
        prometheus.mark({mark["expr"]: mark["iconColor"] for mark in dashboard["annotations"]["list"]})
        picture, empty[path.stem] = page(dashboard, prometheus)
        (folder / f"{path.stem}.svg").write_text(picture)
    return empty


if __name__ == "__main__":
    found = draw(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 15)
    for name, titles in found.items():
        sys.stdout.write(f"{name}: {', '.join(titles) if titles else 'every panel shows something'}\n")
