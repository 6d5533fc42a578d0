"""Every kind of fault of a policy file, each named by its place."""

import pytest

from service.domain.policy import ChurnRules
from service.domain.policy_file import parse_policy
from service.domain.policy_risk import limit
from tests.domain.policy_texts import RFM, SMALLEST, SPEND, faults, scheme


def in_frame(line: str) -> str:
    return f"{SMALLEST}{line}\n"


def in_churn(line: str) -> str:
    return f"{SMALLEST}[churn]\n{line}\n"


def in_lifecycle(line: str) -> str:
    return f"{SMALLEST}[lifecycle]\n{line}\n"


def in_rfm(line: str) -> str:
    key = line.split(" ")[0]
    kept = [each for each in RFM.splitlines() if not each.startswith(key)]
    return SMALLEST + "\n".join([*kept, line]) + "\n"


FAULTS = {
    "frame.late_days: is 0": in_frame("late_days = 0"),
    "frame.late_days: is true": in_frame("late_days = true"),
    "frame.late_days: is 90.0": in_frame("late_days = 90.0"),
    "frame.late_days: is 3651": in_frame("late_days = 3651"),
    "frame.refund_horizon_days: is -1": in_frame("refund_horizon_days = -1"),
    "frame.keep_days: is 179": in_frame("keep_days = 179"),
    "frame.keep_days: is missing: it is 400 then": in_frame("late_days = 311"),
    "frame.settle_minutes: is 1441": in_frame("settle_minutes = 1441"),
    "frame.count_zero_orders: is 1": in_frame("count_zero_orders = 1"),
    'frame.time_zone: is "Asia/Atlantis"': SMALLEST.replace("Shanghai", "Atlantis"),
    'frame.currency: is "cny"': SMALLEST.replace("CNY", "cny"),
    "frame.late: is 90: not a key here; allowed: count_zero_orders": in_frame("late = 90"),
    "frame: is missing": 'name = "p"\nversion = 1',
    'name: is "Coffee"': SMALLEST.replace('"p"', '"Coffee"'),
    'name: is "a-"': SMALLEST.replace('"p"', '"a-"'),
    f'name: is "{"a" * 56}...': SMALLEST.replace('"p"', f'"{"a" * 65}"'),
    "version: is 0": SMALLEST.replace("version = 1", "version = 0"),
    "version: is missing": SMALLEST.replace("version = 1", ""),
    "rfm.orders: is missing": SMALLEST + RFM.replace("orders =", "settle_days = 1 #"),
    "rfm.orders: is [2, 6, 6, 40]": in_rfm("orders = [2, 6, 6, 40]"),
    "rfm.orders: is [2, 6, 15]": in_rfm("orders = [2, 6, 15]"),
    "rfm.orders: is [false, 6, 15, 40]": in_rfm("orders = [false, 6, 15, 40]"),
    "rfm.orders: is [1.5, 6, 15, 40]": in_rfm("orders = [1.5, 6, 15, 40]"),
    "rfm.settle_days: is 366": in_rfm("settle_days = 366"),
    "rfm.window_days: is 36501": in_rfm("window_days = 36501"),
    "scheme[0].tier[1].entry.any[0].at_least: is 0": SMALLEST
    + scheme(entry='{ any = [{ measure = "orders", window = "lifetime", at_least = 0 }] }'),
    "scheme[0].tier[1].entry.at_least: is 3: an integer from 1 to 1": SMALLEST
    + scheme(entry=f"{{ at_least = 3, of = [{SPEND}] }}"),
    "scheme[0].tier[1].entry.at_least: is missing": SMALLEST + scheme(entry=f"{{ of = [{SPEND}] }}"),
    "scheme[0].tier[1].entry.all: is []": SMALLEST + scheme(entry="{ all = [] }"),
    "scheme[0].tier[1].entry.all: is [1]": SMALLEST + scheme(entry="{ all = [1] }"),
    "scheme[0].tier[1].entry: holds all and any": SMALLEST + scheme(entry=f"{{ all = [{SPEND}], any = [{SPEND}] }}"),
    "scheme[0].tier[1].entry: holds no condition": SMALLEST + scheme(entry="{}"),
    "scheme[0].tier[1].entry: is 7: a table": SMALLEST + scheme(entry="7"),
    'scheme[0].tier[1].entry.measure: is "visits"': SMALLEST + scheme(entry=SPEND.replace("spend_minor", "visits")),
    'scheme[0].tier[1].entry.window: is "rolling 0"': SMALLEST + scheme(entry=SPEND.replace("365", "0")),
    'scheme[0].tier[1].entry.window: is "rolling 36501"': SMALLEST + scheme(entry=SPEND.replace("365", "36501")),
    'scheme[0].tier[1].entry.window: is "calendar week"': SMALLEST + scheme(entry=SPEND.replace("rolling 365", "calendar week")),
    'scheme[0].tier[1].entry.window: is "term": allowed only': SMALLEST
    + scheme(hold='{ kind = "term", days = 9 }', entry=SPEND.replace("rolling 365", "term")),
    'scheme[0].tier[1].keep.window: is "term": allowed only': SMALLEST
    + scheme(tier=f"keep = {SPEND.replace('rolling 365', 'term')}"),
    'scheme[0].tier[1].entry.window: is "lifetime": tenure_days has no window': SMALLEST
    + scheme(entry='{ measure = "tenure_days", window = "lifetime", at_least = 1 }'),
    "scheme[0].tier[0].entry: is a table: the base": SMALLEST
    + scheme().replace('name = "regular"', f'name = "regular"\nentry = {SPEND}'),
    "scheme[0].tier[1].entry: is missing": SMALLEST + scheme().replace("entry", "#"),
    "scheme[0].tier: is a list of 2: the name gold": SMALLEST + scheme().replace("regular", "gold"),
    "scheme[0].tier: is a list of 1: at least two": SMALLEST + scheme().split('[[scheme.tier]]\nname = "gold"')[0],
    "scheme: is a list of 2: the name membership": SMALLEST + scheme() + scheme(),
    "scheme[0].hold: is missing": SMALLEST + scheme().replace("hold", "#"),
    'scheme[0].hold.kind: is "yearly": allowed: rolling, term': SMALLEST + scheme(hold='{ kind = "yearly", months = 12 }'),
    "scheme[0].hold: has no length": SMALLEST + scheme(hold='{ kind = "term" }'),
    "scheme[0].hold: holds months and days": SMALLEST + scheme(hold='{ kind = "term", months = 1, days = 1 }'),
    "scheme[0].hold.months: is 121": SMALLEST + scheme(hold='{ kind = "term", months = 121 }'),
    'scheme[0].hold.check: is "daily": not a key here': SMALLEST + scheme(hold='{ kind = "term", days = 9, check = "daily" }'),
    "scheme[0].hold.months: is 12: not a key here": SMALLEST + scheme(hold='{ kind = "rolling", months = 12 }'),
    "scheme[0].hold.grace_days: is 13: an integer from 0 to 12": SMALLEST
    + scheme(hold='{ kind = "rolling", check = "month-start", grace_days = 13 }'),
    'scheme[0].on_loss: is "two-down"': SMALLEST + scheme(more='on_loss = "two-down"'),
    "scheme[0].max_downgrades: holds days and months": SMALLEST
    + scheme(more="max_downgrades = { count = 1, days = 1, months = 1 }"),
    "scheme[0].max_downgrades: has no length": SMALLEST + scheme(more="max_downgrades = { count = 1 }"),
    "scheme[0].max_downgrades.count: is 0": SMALLEST + scheme(more="max_downgrades = { count = 0, days = 1 }"),
    "scheme[0].notice_days: is 1: a term of one day": SMALLEST
    + scheme(hold='{ kind = "term", days = 1 }', more="notice_days = 1"),
    "scheme[0].notice_days: is 0": SMALLEST + scheme(more="notice_days = 0"),
    "lifecycle.dormant.gaps: is 0": in_lifecycle("dormant = { gaps = 0 }"),
    "lifecycle.dormant.gaps: is NaN": in_lifecycle("dormant = { gaps = nan }"),
    "lifecycle.dormant.min_days: is 121": in_lifecycle("dormant = { min_days = 121 }"),
    "lifecycle.dormant.max_days: is 0": in_lifecycle("dormant = { max_days = 0 }"),
    "lifecycle.dormant.min_days: is 0": in_lifecycle("dormant = { min_days = 0 }"),
    "lifecycle.loyal.entry: is missing: loyal.keep alone": in_lifecycle(f"loyal.keep = {SPEND}"),
    'lifecycle.loyal.entry.window: is "term"': in_lifecycle(f"loyal.entry = {SPEND.replace('rolling 365', 'term')}"),
    'lifecycle.loyal.keep.window: is "term"': in_lifecycle(
        f"loyal.entry = {SPEND}\nloyal.keep = {SPEND.replace('rolling 365', 'term')}"
    ),
    "lifecycle.typical_gap_days: is 0": in_lifecycle("typical_gap_days = 0"),
    "lifecycle.won_back_days: is -1": in_lifecycle("won_back_days = -1"),
    "churn.horizon_days: is 0": in_churn("horizon_days = 0"),
    "churn.tau_days: is 0": in_churn("tau_days = 0"),
    "churn.tau_days: is Infinity": in_churn("tau_days = inf"),
    "churn.tau_days: is 1000000000000.1: a number above 0 and up to 1000000000000 is allowed": in_churn(
        "tau_days = 1000000000000.1"
    ),
    "churn.weight: is 1E+308: a number above 0 and up to 1000000000000 is allowed": in_churn("weight = 1e308"),
    "churn.kappa: is 2000000000000: a number from 0 to 1000000000000 is allowed": in_churn("kappa = 2000000000000"),
    "churn.thresholds.critical: is 2": in_churn("thresholds = { critical = 2 }"),
    "churn.margin: is 2": in_churn("margin = 2"),
    "lifecycle.churned.gaps: is 1000001": in_lifecycle("churned = { gaps = 1000001 }"),
    "churn.r: is 0.0009": in_churn("r = 0.0009"),
    "churn.alpha_days: is 0.09": in_churn("alpha_days = 0.09"),
    "churn.omega: is -0.1": in_churn("omega = -0.1"),
    'churn.kappa: is "1"': in_churn('kappa = "1"'),
    "churn.weight: is true": in_churn("weight = true"),
    "churn.thresholds.high: is 0.3": in_churn("thresholds = { high = 0.3 }"),
    "churn.thresholds.critical: is 1.0": in_churn("thresholds = { critical = 1.0 }"),
    "churn.thresholds.medium: is 0": in_churn("thresholds = { medium = 0 }"),
    "churn.margin: is 0.35": in_churn("margin = 0.35"),
    'churn.floors.prospect: is "high": not a key here': in_churn('floors = { prospect = "high" }'),
    'churn.floors.dormant: is "low"': in_churn('floors = { dormant = "low" }'),
    "churn.mean_order_minor: is -1": in_churn("mean_order_minor = -1"),
    "churn.unhappy_score: is 6": in_churn("unhappy_score = 6"),
    "churn.unhappy_days: is -1": in_churn("unhappy_days = -1"),
    "churn.complaint_days: is -1": in_churn("complaint_days = -1"),
    "engagement.weights.share: is -1": f"{SMALLEST}[engagement]\nweights = {{ share = -1 }}",
    "engagement.weights.App: is no key here": f"{SMALLEST}[engagement]\nweights = {{ App = 1 }}",
    "engagement.weight: is 1: not a key here": f"{SMALLEST}[engagement]\nweight = 1",
    "tiers: is a table: not a key here": f"{SMALLEST}[tiers]",
    '"a b": is 1: not a key here': f'"a b" = 1{SMALLEST}',
    "not TOML": "name = ",
}


@pytest.mark.parametrize(("begins", "text"), FAULTS.items(), ids=FAULTS.keys())
def test_a_fault_is_named_by_its_place_and_alone(begins: str, text: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith(begins)


def test_all_faults_come_together_in_the_order_of_places() -> None:
    text = 'name = "P"\n' + "".join(f'[[scheme]]\nname = "s{n}"\nhold = 1\ntier = 1\n' for n in range(11))
    places = [fault.split(": ")[0] for fault in faults(text)]
    schemes = [place for n in range(11) for place in (f"scheme[{n}].hold", f"scheme[{n}].tier")]
    assert places == ["frame", "name", *schemes, "version"]


def test_names_that_are_bad_are_not_also_the_same_name() -> None:
    lines = faults(SMALLEST + scheme().replace("regular", "Regular").replace("gold", "Gold"))
    assert [line.split(" is ")[0] for line in lines] == ["scheme[0].tier[0].name:", "scheme[0].tier[1].name:"]


def test_a_threshold_that_silence_never_reaches_is_named_with_the_limit() -> None:
    # 1 - (1 - (1 + 30/45.1) ** -0.594), worked out by hand: (75.1/45.1) ** -0.594 = exp(-0.594 * 0.50994)
    (fault,) = faults(in_churn("omega = 0"))
    assert fault.startswith("churn.thresholds.critical: is 0.85: below 0.73867 is needed")
    limited = limit(ChurnRules(omega=0.0))
    assert faults(in_churn(f"omega = 0\nthresholds = {{ critical = {limited!r} }}")) != []
    assert parse_policy(in_churn(f"omega = 0\nthresholds = {{ critical = {limited - 1e-9!r} }}")).churn is not None
    assert limit(ChurnRules(omega=0.5, kappa=0.0)) == pytest.approx(1 - (1 - 0.73867) / 1.5, abs=1e-5)
    assert limit(ChurnRules()) == 1.0


def test_a_key_stands_in_the_message_as_the_file_writes_it() -> None:
    (fault,) = faults(f'"a\\nb" = 1{SMALLEST}')
    assert fault.startswith('"a\\nb": is 1: not a key here')
