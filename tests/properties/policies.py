"""Random valid policies, with windows and terms so short that a history of a few weeks meets every rule."""

from typing import Any

from hypothesis import strategies as st

ZONES = (
    "UTC",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/New_York",
    "Europe/Berlin",
    "Africa/Casablanca",
    "America/Santiago",
)
AT_LEAST = {
    "spend_minor": (1, 100, 300, 700, 1500),
    "orders": (1, 2, 3, 5),
    "purchase_days": (1, 2, 3, 4),
    "margin_minor": (10, 100, 300),
    "engagement": (1, 3, 6),
    "tenure_days": (3, 10, 30, 60),
}
WINDOWS = (
    *("rolling 1", "rolling 3", "rolling 7", "rolling 14", "rolling 30", "rolling 60"),
    *("calendar month", "calendar quarter", "calendar year", "lifetime"),
)
REMEMBERED = 4
"""So many losses are known when a limit is added or raised."""

Table = dict[str, Any]


def toml(value: Any) -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value:.12f}" if isinstance(value, float) else str(value)


def text(policy: Table) -> str:
    """A policy as a file."""
    lines = []
    for key, value in policy.items():
        if key == "scheme":
            for scheme in value:
                plain = {name: each for name, each in scheme.items() if name != "tier"}
                lines += ["[[scheme]]", *(f"{name} = {toml(each)}" for name, each in plain.items())]
                for tier in scheme["tier"]:
                    lines += ["[[scheme.tier]]", *(f"{name} = {toml(each)}" for name, each in tier.items())]
        elif isinstance(value, dict):
            lines += [f"[{key}]", *(f"{name} = {toml(each)}" for name, each in value.items())]
        else:
            lines.append(f"{key} = {toml(value)}")
    return "\n".join(lines) + "\n"


@st.composite
def conditions(draw: st.DrawFn, *, term: bool = False, depth: int = 2) -> Table:
    """A measure, or a group of conditions."""
    if depth < 2 and (depth == 0 or draw(st.integers(0, 3))):
        measure = draw(st.sampled_from(tuple(AT_LEAST)))
        at_least = draw(st.sampled_from(AT_LEAST[measure]))
        if measure == "tenure_days":
            return {"measure": measure, "at_least": at_least}
        window = draw(st.sampled_from((*WINDOWS, "term", "term", "term") if term else WINDOWS))
        return {"measure": measure, "window": window, "at_least": at_least}
    of = draw(st.lists(conditions(term=term, depth=depth - 1), min_size=1, max_size=2 if depth == 2 else 3))
    if draw(st.integers(0, 3)) == 0:
        return {"at_least": draw(st.integers(1, len(of))), "of": of}
    return {draw(st.sampled_from(("all", "any"))): of}


@st.composite
def holds(draw: st.DrawFn, *, term: bool) -> Table:
    """How long a tier is held."""
    grace = {"grace_days": draw(st.sampled_from((0, 3, 7, 14, 30) if term else (0, 0, 1, 3, 7)))}
    kind = draw(st.sampled_from(("months", "days", "days", "calendar_year") if term else ("rolling", "rolling", "month-start")))
    if kind == "rolling":
        return {"kind": "rolling", **grace}
    if kind == "month-start":
        return {"kind": "rolling", "grace_days": draw(st.integers(0, 2)), "check": kind}
    length = {"months": draw(st.integers(1, 2)), "days": draw(st.integers(1, 25)), "calendar_year": True}[kind]
    return {"kind": "term", kind: length, **grace}


@st.composite
def limits(draw: st.DrawFn, *, most: int) -> Table:
    """A limit of losses, of at most so many."""
    length, number = draw(st.sampled_from((("days", 5), ("days", 20), ("days", 60), ("months", 1), ("months", 2))))
    return {"count": draw(st.integers(1, most)), length: number}


@st.composite
def schemes(draw: st.DrawFn, name: str, *, term: bool | None = None) -> Table:
    """One ladder of two to four tiers; `term` where the hold's kind is given."""
    hold = draw(holds(term=draw(st.booleans()) if term is None else term))
    term = hold["kind"] == "term"
    tiers: list[Table] = [{"name": "base"}]
    for number in range(draw(st.integers(1, 3))):
        tier = {"name": f"tier-{number + 1}", "entry": draw(conditions(depth=1))}
        tiers.append(tier | ({"keep": draw(conditions(term=term))} if draw(st.booleans()) else {}))
    scheme: Table = {"name": name, "hold": hold, "on_loss": draw(st.sampled_from(("one-down", "recalculated", "to-base")))}
    if draw(st.integers(0, 2)) == 0:
        scheme["max_downgrades"] = draw(limits(most=2))
    longest: int = hold.get("days") or 28 * hold.get("months", 13)
    if longest > 1 and draw(st.booleans()):
        scheme["notice_days"] = draw(st.integers(1, min(longest - 1, 30)))
    return {**scheme, "tier": tiers}


@st.composite
def short_terms(draw: st.DrawFn, name: str) -> Table:
    """A ladder of two tiers that any purchase reaches and that is held from grace to grace."""
    hold = {"kind": "term", "days": draw(st.integers(1, 10)), "grace_days": draw(st.integers(1, 20))}
    entry = {"measure": "orders", "window": draw(st.sampled_from(("rolling 1", "rolling 3"))), "at_least": 1}
    keep = {"measure": draw(st.sampled_from(("orders", "purchase_days"))), "window": "term", "at_least": draw(st.integers(1, 2))}
    limit = {"max_downgrades": {"count": 1, "days": draw(st.sampled_from((10, 40)))}} if draw(st.booleans()) else {}
    tiers = [{"name": "base"}, {"name": "tier-1", "entry": entry, "keep": keep}]
    return {"name": name, "hold": hold, **limit, "tier": tiers}


@st.composite
def stairs(draw: st.DrawFn, name: str) -> Table:
    """A ladder that one purchase leads to the top of, and a few silent days down again, step by step."""
    days = sorted(draw(st.sets(st.integers(1, 15), min_size=3, max_size=5)), reverse=True)
    entries = [{"measure": "purchase_days", "window": f"rolling {each}", "at_least": 1} for each in days]
    tiers = [{"name": "base"}, *({"name": f"tier-{place + 1}", "entry": entry} for place, entry in enumerate(entries))]
    return {"name": name, "hold": {"kind": "rolling"}, "tier": tiers}


@st.composite
def with_other_limit(draw: st.DrawFn, scheme: Table) -> Table:
    """The same ladder with another limit of losses, or with none."""
    unlimited = {key: value for key, value in scheme.items() if key != "max_downgrades"}
    return unlimited | draw(st.just({}) | st.fixed_dictionaries({"max_downgrades": limits(most=REMEMBERED)}))


RFM = st.fixed_dictionaries(
    {
        "window_days": st.sampled_from((5, 14, 40)),
        "settle_days": st.sampled_from((0, 1, 3, 7)),
        "recency_days": st.sampled_from(([1, 3, 6, 12], [0, 2, 4, 20])),
        "orders": st.sampled_from(([1, 2, 3, 5], [0, 1, 2, 4])),
        "spend_minor": st.sampled_from(([100, 200, 400, 900], [0, 300, 700, 1500])),
    }
)


@st.composite
def lifecycles(draw: st.DrawFn) -> Table:
    """Stages that pass within days."""

    def pace(gaps: tuple[float, ...], most: int) -> Table:
        least = draw(st.integers(1, most))
        return {"gaps": draw(st.sampled_from(gaps)), "min_days": least, "max_days": least + draw(st.integers(0, 20))}

    loyal = {"entry": draw(conditions(depth=1))}
    if draw(st.booleans()):
        loyal["keep"] = draw(conditions())
    lifecycle = {
        "typical_gap_days": draw(st.integers(1, 12)),
        "dormant": pace((0.5, 1.5, 3.0, 1.1), 8),
        "churned": pace((1.0, 2.5, 6.0), 15),
        "won_back_days": draw(st.integers(0, 40)),
    }
    return lifecycle | ({"loyal": loyal} if draw(st.integers(0, 4)) else {})


@st.composite
def churns(draw: st.DrawFn) -> Table:
    """A churn model whose thresholds can all be reached."""

    def number(*values: float) -> float:
        return float(draw(st.sampled_from(values)))

    churn: Table = {
        "horizon_days": draw(st.sampled_from((1, 7, 30))),
        "tau_days": number(2.0, 10.5, 45.0),
        "r": number(0.001, 0.6, 2.0),
        "alpha_days": number(0.1, 3.0),
        "omega": number(0.0, 0.0032, 0.2, 1.0),
        "kappa": number(0.0, 0.2, 0.47, 1.0),
    }
    horizon = 1 + churn["horizon_days"] / (churn["alpha_days"] + churn["tau_days"])
    ends = churn["omega"] > 0 and churn["kappa"] > 0
    limit = 0.999 if ends else 1 - (1 - horizon ** -churn["r"]) / (1 + churn["omega"])
    low = draw(st.sampled_from((0.05, 0.3, 0.5)))
    thresholds = [limit * (low + (0.99 - low) * share) for share in draw(st.sampled_from(((0.1, 0.3, 0.6), (0.3, 0.8, 0.95))))]
    churn["thresholds"] = dict(zip(("medium", "high", "critical"), thresholds, strict=True))
    churn["margin"] = thresholds[0] * draw(st.sampled_from((0.0, 0.1, 0.5, 0.9)))
    stages = st.sampled_from(("new", "repeat", "loyal", "won-back", "dormant", "churned"))
    churn["floors"] = draw(st.dictionaries(stages, st.sampled_from(("medium", "high", "critical")), max_size=3))
    churn["mean_order_minor"] = draw(st.sampled_from((0, 250, 2501)))
    churn["weight"] = number(0.5, 3.0)
    churn["unhappy_score"] = draw(st.integers(1, 5))
    churn["unhappy_days"] = draw(st.sampled_from((0, 1, 5)))
    churn["complaint_days"] = draw(st.sampled_from((0, 1, 8)))
    return churn


@st.composite
def frames(draw: st.DrawFn, *, late_days: int | None = None) -> Table:
    """Bounds that a short history runs into; `late_days` where nothing may be too late."""
    late = draw(st.sampled_from((1, 2, 5, 20))) if late_days is None else late_days
    horizon = draw(st.sampled_from((0, 2, 10, 40)))
    return {
        "time_zone": draw(st.sampled_from(ZONES)),
        "currency": "USD",
        "late_days": late,
        "refund_horizon_days": horizon,
        "keep_days": late + horizon + draw(st.sampled_from((0, 1, 15))),
        "settle_minutes": draw(st.sampled_from((0, 120, 1440))),
        "count_zero_orders": draw(st.booleans()),
    }


@st.composite
def policies(draw: st.DrawFn, *, late_days: int | None = None) -> Table:
    """A whole policy, version 1."""
    names = ("membership", "value-class", "club")[: draw(st.integers(0, 3))]
    policy: Table = {"name": "random", "version": 1, "frame": draw(frames(late_days=late_days))}
    for section, strategy in (("rfm", RFM), ("lifecycle", lifecycles()), ("churn", churns())):
        if draw(st.integers(0, 4)):
            policy[section] = draw(strategy)
    policy["engagement"] = {"weights": {"app-open": 1, "share": 3}}
    return policy | {"scheme": [draw(schemes(name) | schemes(name) | short_terms(name)) for name in names]}


@st.composite
def successors(draw: st.DrawFn, policy: Table) -> Table:
    """The next version of a policy, in the same frame: schemes and tiers come and go, thresholds move."""
    new = draw(policies())
    schemes_ = []
    for scheme in policy["scheme"]:
        fate = draw(st.sampled_from(("stays", "stays", "goes", "loses a tier", "other hold", "other limit", "rewritten")))
        if fate == "loses a tier" and len(scheme["tier"]) > 2:
            gone = draw(st.integers(1, len(scheme["tier"]) - 1))
            schemes_.append(scheme | {"tier": [tier for place, tier in enumerate(scheme["tier"]) if place != gone]})
        elif fate == "other hold":
            schemes_.append(draw(schemes(scheme["name"])))
        elif fate == "other limit":
            schemes_.append(draw(with_other_limit(scheme)))
        elif fate == "rewritten":
            schemes_.append(draw(schemes(scheme["name"], term=scheme["hold"]["kind"] == "term")))
        elif fate != "goes":
            schemes_.append(scheme)
    known = {scheme["name"] for scheme in policy["scheme"]}
    schemes_ += [scheme for scheme in new["scheme"] if scheme["name"] not in known]
    for section in ("rfm", "lifecycle", "churn"):
        if section in policy and draw(st.booleans()):
            new[section] = policy[section]
    return new | {"version": policy["version"] + 1, "frame": policy["frame"], "scheme": schemes_}
