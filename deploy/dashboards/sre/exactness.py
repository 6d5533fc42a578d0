"""Whether every record counts exactly once."""

from deploy.dashboards import bounds
from deploy.dashboards.choices import CHOSEN
from deploy.dashboards.panel import Panel, Query, Row

ROW = Row(
    "Exactness",
    (
        Panel(
            title="Transactions",
            unit="cps",
            meaning="Kafka transactions committed a second by the customers role. Each holds all that a batch causes.",
            bad="0 while records wait: the broker does not answer, or refuses.",
            queries=(Query(f"sum(rate(tiering_transactions_total{{{CHOSEN}}}[$__rate_interval]))", "committed"),),
            width=8,
        ),
        Panel(
            title="Aborts, fences, rereads: 15 minutes",
            unit="none",
            meaning="Unfinished transactions and former owners of partitions, found and shut out when a worker took over; times"
            " that lost records were read again. All are survived: nothing is lost or counted twice.",
            bad="Fences and aborts belong to restarts and rebalances. Many without those: a network that cuts workers off.",
            queries=(
                Query(f"sum(increase(tiering_transaction_aborts_total{{{CHOSEN}}}[15m]))", "aborts"),
                Query(
                    f"count(time() - max by (topic, partition) (tiering_transaction_abort_timestamp_seconds{{{CHOSEN}}}) < 900)",
                    "partitions with aborts",
                ),
                Query(f"sum(increase(tiering_fences_total{{{CHOSEN}}}[15m]))", "fences"),
                Query(f"sum(increase(tiering_rereads_total{{{CHOSEN}}}[15m]))", "rereads"),
            ),
            width=8,
        ),
        Panel(
            title="Ledger",
            unit="none",
            meaning="Records dealt with less those counted by outcome, by worker.",
            bad="Anything but 0.",
            queries=(Query(f"tiering_ledger_imbalance_records{{{CHOSEN}}}", "{{job}} {{instance}}"),),
            width=8,
            bound=bounds.LEDGER,
        ),
    ),
)
