"""A few small policies, each in three versions: windows and terms so short that weeks meet every rule."""

from functools import cache
from itertools import product

from service.domain.policy import Policy
from service.domain.policy_file import parse_policy

FRAMES = tuple(product(("UTC", "Europe/Berlin", "Pacific/Apia"), ((2, 2, 6), (5, 10, 20), (20, 0, 21)), (0, 120)))

TEXT = """
name = "small"
version = {version}

[frame]
time_zone = "{zone}"
currency = "USD"
late_days = {late}
refund_horizon_days = {horizon}
keep_days = {keep}
settle_minutes = {settle}

[[scheme]]
name = "membership"
hold = {{ kind = "term", days = {term}, grace_days = 3 }}
on_loss = "one-down"
notice_days = 4
max_downgrades = {{ count = 1, days = 10 }}

[[scheme.tier]]
name = "regular"

[[scheme.tier]]
name = "silver"
entry = {{ measure = "spend_minor", window = "rolling 14", at_least = {silver} }}
keep = {{ any = [
    {{ measure = "orders", window = "term", at_least = 2 }},
    {{ measure = "spend_minor", window = "rolling 20", at_least = 200 }},
] }}

[[scheme.tier]]
name = "gold"
entry = {{ at_least = 2, of = [
    {{ measure = "spend_minor", window = "rolling 30", at_least = 900 }},
    {{ measure = "purchase_days", window = "rolling 10", at_least = 3 }},
    {{ measure = "engagement", window = "rolling 7", at_least = 4 }},
] }}

[[scheme]]
name = "value-class"
hold = {{ kind = "rolling", grace_days = {grace} }}
on_loss = "recalculated"

[[scheme.tier]]
name = "c"

[[scheme.tier]]
name = "b"
entry = {{ measure = "spend_minor", window = "rolling 7", at_least = 100 }}

[[scheme.tier]]
name = "a"
entry = {{ measure = "purchase_days", window = "rolling {span}", at_least = 2 }}
"""

MORE = """
[rfm]
window_days = 20
settle_days = {settle_days}
recency_days = [1, 3, 6, 12]
orders = [1, 2, 3, 5]
spend_minor = [100, 300, 700, 1500]

[lifecycle]
typical_gap_days = 4
dormant = {{ gaps = 2.0, min_days = 3, max_days = 12 }}
churned = {{ gaps = 4.0, min_days = 8, max_days = 30 }}
loyal.entry = {{ measure = "orders", window = "rolling 20", at_least = {loyal} }}
won_back_days = 10

[churn]
horizon_days = 7
tau_days = 10.5
omega = 0.2
kappa = 0.47
complaint_days = 8
unhappy_days = 3

[engagement]
weights = {{ app-open = 1, share = 3 }}
"""

VERSIONS = (
    {"settle_days": 2, "term": 10, "silver": 300, "grace": 1, "span": 5, "loyal": 4},
    {"settle_days": 2, "term": 10, "silver": 120, "grace": 0, "span": 14, "loyal": 3},
    {"settle_days": 0, "term": 6, "silver": 500, "grace": 2, "span": 3, "loyal": 3},
)


@cache
def small(frame: int, version: int) -> Policy:
    """Version 1, 2 or 3 of the policy with one of the FRAMES; every sixth has all sections, the others are of tiers alone."""
    zone, (late, horizon, keep), settle = FRAMES[frame]
    bounds = {"zone": zone, "late": late, "horizon": horizon, "keep": keep, "settle": settle}
    text = TEXT + (MORE if frame % 6 == 0 else "")
    return parse_policy(text.format(version=version, **bounds, **VERSIONS[version - 1]))
