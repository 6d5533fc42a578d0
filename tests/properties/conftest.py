"""Properties meet short histories: closings are kept, the anchor moves and ids are dropped more often than in the service."""

from collections.abc import Iterator

import pytest

from service.domain import closings, facts


@pytest.fixture(scope="module", autouse=True)
def often() -> Iterator[None]:
    """How often says nothing of what comes out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closings, "STEP", 5)
        patch.setattr(closings, "ANCHOR_STEP", 9)
        patch.setattr(closings, "WORTH_FORGETTING", 0)
        patch.setattr(facts, "IDS_STEP", 3)
        yield
