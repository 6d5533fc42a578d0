"""The segment table is the published one, cell by cell."""

import json
from itertools import product
from pathlib import Path

from service.domain.segments import SEGMENT_OF, SEGMENTS

TABLE = Path(__file__).parent.parent / "data" / "rfm_segments.json"


def test_every_cell_has_the_published_name() -> None:
    published: dict[tuple[int, ...], str] = {
        tuple(map(int, cell)): name for name, cells in json.loads(TABLE.read_text()).items() for cell in cells
    }

    assert {cell: name for cell, name in SEGMENT_OF.items() if cell != (0, 0, 0)} == published
    assert set(published) == set(product(range(1, 6), repeat=3))
    assert set(SEGMENTS) == set(published.values())


def test_without_a_counted_order_there_is_no_segment() -> None:
    assert SEGMENT_OF[0, 0, 0] is None
    assert len(SEGMENT_OF) == 126
