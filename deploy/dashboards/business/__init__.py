"""For whoever runs the programme: who the customers are, what moves them, what comes in."""

from deploy.dashboards.business import customers, moves, traffic
from deploy.dashboards.panel import Board

BOARD = Board(
    uid="tiering-business",
    title="Tiering: customers",
    purpose="Who the customers are now, what moved them, and what came in. All workers together.",
    rows=(customers.ROW, moves.ROW, traffic.ROW),
    since="now-24h",
    schemes=True,
)
