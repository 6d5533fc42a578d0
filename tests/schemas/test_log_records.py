"""Records of the log that neither intake nor the service wrote: refused with their fault, so that none stops a partition."""

import json
from typing import Any

import pytest

from schemas import codec
from schemas.dead_letters import Code, InvalidEvent
from tests import builders

ORDER: dict[str, Any] = json.loads(builders.order(3, 1234, id="1"))
TICK: dict[str, Any] = {
    "type": "clock.ticked.v1",
    "specversion": "1.0",
    "id": "tick:1",
    "source": "/tiering",
    "time": "2024-01-02T02:00:00Z",
    "data": {"at": "2024-01-02T02:00:00Z"},
}

BAD = {
    "nobody's order": ({**ORDER, "subject": None}, Code.MISSING_SUBJECT),
    "an order of year 1": ({**ORDER, "time": "0001-01-01T00:00:00+23:59"}, Code.INVALID_FIELD),
    "an order without specversion": ({k: v for k, v in ORDER.items() if k != "specversion"}, Code.MISSING_FIELD),
    "a tick in year 9999": ({**TICK, "data": {"at": "9999-12-31T23:59:59-23:59"}}, Code.INVALID_FIELD),
    "a tick of year 1": ({**TICK, "time": "0001-01-01T00:00:00Z"}, Code.INVALID_FIELD),
    "a tick without offset": ({**TICK, "data": {"at": "2024-01-02T02:00:00"}}, Code.INVALID_FIELD),
    "a tick without a time": ({**TICK, "data": {}}, Code.MISSING_FIELD),
    "a policy without a text": ({**TICK, "type": "policy.activated.v1", "data": {"name": "coffee"}}, Code.MISSING_FIELD),
    "an unknown type": ({**TICK, "type": "clock.stopped.v1"}, Code.UNKNOWN_TYPE),
}


@pytest.mark.parametrize(("record", "code"), BAD.values(), ids=BAD)
def test_a_strange_record_is_refused_with_its_fault(record: dict[str, Any], code: Code) -> None:
    with pytest.raises(InvalidEvent) as refused:
        codec.decode_activity(json.dumps(record).encode())

    assert refused.value.code == code


def test_a_tick_is_read_from_the_log_and_not_from_a_producer() -> None:
    value = json.dumps(TICK).encode()

    assert json.loads(codec.encode_control(codec.decode_activity(value))) == TICK  # type: ignore[arg-type]
    with pytest.raises(InvalidEvent, match="unknown-type"):
        codec.decode_event(value)
