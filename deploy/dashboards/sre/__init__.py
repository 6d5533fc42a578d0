"""For whoever is on call: is the promise kept, and if not, where does it wait? Rows from the question to the cause."""

from deploy.dashboards.panel import Board
from deploy.dashboards.sre import exactness, flow, group, latency, now, process, promise, query, redis, state, waiting

BOARD = Board(
    uid="tiering-sre",
    title="Tiering: operation",
    purpose="Is the promise kept (99.9 % of events announced within 5 s), and if not, where does it wait?",
    rows=(
        now.ROW,
        promise.ROW,
        waiting.ROW,
        flow.ROW,
        latency.ROW,
        group.ROW,
        state.ROW,
        exactness.ROW,
        redis.ROW,
        query.ROW,
        process.ROW,
    ),
    since="now-3h",
)
