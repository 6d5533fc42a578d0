"""PromQL that panels have in common."""

from deploy.dashboards.choices import CHOSEN, WHOLE
from deploy.dashboards.panel import Query

_FRESHNESS = "tiering_freshness_seconds"
_CUSTOMERS = f'{WHOLE},role="customers"'


def a_second(counter: str, by: str, labels: str = CHOSEN) -> str:
    """How much a counter grows a second, over the time that a point on the screen stands for."""
    return f"sum by ({by}) (rate({counter}{{{labels}}}[$__rate_interval]))"


def a_minute(counter: str, by: str, labels: str = CHOSEN) -> str:
    """How much it grows a minute, for what is rare."""
    return f"{a_second(counter, by, labels)} * 60"


def quantile(share: float, histogram: str, by: str, labels: str = CHOSEN) -> str:
    """The least bucket's edge (a figure between edges is a guess) below which so large a share lies."""
    return f"histogram_quantile({share}, {a_second(f'{histogram}_bucket', f'le, {by}', labels)})"


def freshness(role: str, labels: str) -> tuple[Query, ...]:
    """How long half, 95 % and 99 % of a role's events took at most."""
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return tuple(Query(quantile(share, _FRESHNESS, "role", f'{labels},role="{role}"'), name) for name, share in shares.items())


def within(seconds: str, window: str) -> str:
    """The part of the customers' events of a window that was announced within a bucket's edge (as it is written: "5.0").

    At most all: where a worker has just begun, Prometheus's guess of a rate can say more.
    """
    inside = f'sum(rate({_FRESHNESS}_bucket{{{_CUSTOMERS},le="{seconds}"}}[{window}]))'
    return f"clamp_max({inside} / (sum(rate({_FRESHNESS}_count{{{_CUSTOMERS}}}[{window}])) > 0), 1)"


def late(window: str) -> str:
    """The part that was not announced within 5 s; 0 when nothing came in, for nothing was late then."""
    return f"1 - ({within('5.0', window)}) or vector(0)"
