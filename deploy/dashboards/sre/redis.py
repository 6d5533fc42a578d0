"""Redis, which may lag but not lie."""

from deploy.dashboards.choices import CHOSEN
from deploy.dashboards.panel import Kind, Panel, Query, Row
from deploy.dashboards.promql import freshness

ROW = Row(
    "Redis",
    (
        Panel(
            title="Redis answers",
            unit="none",
            meaning="Whether Redis answered the worker the last time.",
            bad="Red: profiles in Redis grow old; announcements go on. The read model catches up by itself when Redis is back.",
            queries=(Query(f"tiering_redis_up{{{CHOSEN}}}", "{{role}} {{instance}}"),),
            kind=Kind.STATES,
            width=8,
            words=((1, "answers", "green"), (0, "does not answer", "red")),
        ),
        Panel(
            title="Waiting for Redis",
            unit="percentunit",
            meaning="The part of its time for which a worker has waited for a Redis that did not answer.",
            bad="Near 100 %: Redis is down or can't be reached; profiles there grow old until it is back.",
            queries=(
                Query(
                    f"clamp_max(rate(tiering_redis_wait_seconds_total{{{CHOSEN}}}[$__rate_interval]), 1)"
                    f" and on (job, instance) tiering_redis_up{{{CHOSEN}}}",
                    "{{job}} {{instance}}",
                ),
            ),
            width=8,
            least=0,
            most=1,
        ),
        Panel(
            title="From profile to Redis",
            unit="s",
            meaning="Half, 95 % and 99 % of the profiles were in Redis so long after they had been published (at most).",
            bad="Minutes: whoever reads profiles from Redis sees an old tier. Announcements are not late by this.",
            queries=freshness("read-model", CHOSEN),
            width=8,
        ),
    ),
)
