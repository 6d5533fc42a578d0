"""Nothing that producers sent is lost: it is in the log, was anonymous, or is a dead letter with its reason."""

from collections import Counter
from collections.abc import Iterator

from schemas import codec, topics
from schemas.control import ClockTicked, CustomerErased, CustomerReleased, PolicyActivated
from service.faust_safe.work import TP
from service.partitioner import partition_for
from tests.simulator.history import ANONYMOUS, FORWARDED, Sent
from tests.simulator.kafka import Record
from tests.simulator.world import World


def reason(record: Record) -> tuple[int, str]:
    """Of a dead letter: the offset of its record, and the code."""
    headers = dict(record.headers)
    return int(headers["__streams.errors.offset"]), headers["tiering.error.code"].decode()


def faults(world: World) -> Iterator[str]:
    """What is missing, and what is too much."""
    logged = _logged(world)
    dead = {
        (record.topic, record.value, reason(record)[1])
        for topic in topics.INBOUND
        for record in world.kafka.read(TP(topics.dead_letter_topic(topic), 0))
    }
    sent = (*world.outside.sent, *world.outside.besides)
    for each in sent:
        codes = {code for topic, value, code in dead if value == each.value}
        if world.processes.clocks_were_slow and each.expected in (FORWARDED, ANONYMOUS) and codes == {"future-event"}:
            continue
        if each.expected == FORWARDED:
            if not logged[_activity(each)]:
                yield f"lost: {each.value.decode()}"
        elif codes != ({each.expected} - {ANONYMOUS}):
            yield f"{each.value.decode()} should be {each.expected} and is {codes or 'nowhere'}"
    if unknown := logged.keys() - {_activity(each) for each in sent if each.expected == FORWARDED}:
        yield f"nobody sent {unknown}"


def _logged(world: World) -> Counter[bytes]:
    """The events of the log, each in its customer's partition."""
    found: Counter[bytes] = Counter()
    for tp in world.log:
        for record in world.kafka.read(tp):
            value = record.value or b""
            event = codec.decode_activity(value)
            if not isinstance(event, PolicyActivated | ClockTicked | CustomerReleased | CustomerErased):
                assert partition_for((event.subject or "").encode(), len(world.log)) == tp.partition
                found[value] += 1
    return found


def _activity(sent: Sent) -> bytes:
    return codec.encode_activity(codec.decode_event(sent.value))
