"""A real Prometheus answers every query of the dashboards, and the picture of each has no empty panel."""

import time
from pathlib import Path
from urllib.error import URLError
from xml.etree import ElementTree

from tests.deploy.made_up import served
from tests.deploy.picture.__main__ import draw
from tests.deploy.picture.watching import watched

DEADLINE = 180


def test_no_panel_is_empty(tmp_path: Path) -> None:
    empty: dict[str, list[str]] = {"not drawn": []}
    deadline = time.monotonic() + DEADLINE
    with (
        served() as one,
        served() as other,
        watched(tmp_path, {"tiering-customers": [one], "tiering-intake": [other]}, 1) as prometheus,
    ):
        while any(empty.values()) or "not drawn" in empty:
            assert time.monotonic() < deadline, f"empty: {empty}; {(tmp_path / 'prometheus.log').read_text()[-2000:]}"
            time.sleep(1)
            try:
                empty = draw(prometheus, tmp_path, 1, scrape=1)
            except (ConnectionError, URLError):
                continue  # it does not listen yet
    for board in empty:
        picture = ElementTree.parse(tmp_path / f"{board}.svg").getroot()
        assert "No data" not in {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")}
