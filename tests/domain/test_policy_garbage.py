"""Whatever a policy file holds, reading it ends in a policy or a PolicyError."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.policy_file import PolicyError, parse_policy
from tests.domain.policy_texts import SMALLEST, SPEND, faults, scheme

HARD = ["1e99999999999999999999", "9" * 5000, "0x" + "f" * 5000, "-0.0", "1979-05-27", "[{}]", "1e400", "nan", "{a={b={}}}", "''"]
garbage = st.one_of(
    st.sampled_from(HARD),
    st.integers(-5, 10**20).map(str),
    st.floats().map(lambda value: repr(value) if "e" not in repr(value) else "1e5"),
    st.booleans().map(lambda value: str(value).lower()),
    st.text('ab\x7f\n\\"é', max_size=6).map(lambda text: "'''" + text.replace("'", "") + "'''"),
    st.lists(st.sampled_from(HARD[3:]), max_size=3).map(lambda values: f"[{', '.join(values)}]"),
)
PLACES = [
    "name",
    "version",
    "frame",
    "frame.time_zone",
    "frame.currency",
    "frame.late_days",
    "frame.keep_days",
    "rfm",
    "rfm.orders",
    "rfm.window_days",
    "scheme",
    "lifecycle",
    "lifecycle.dormant",
    "lifecycle.dormant.gaps",
    "lifecycle.loyal",
    "lifecycle.loyal.entry",
    "churn",
    "churn.horizon_days",
    "churn.tau_days",
    "churn.r",
    "churn.kappa",
    "churn.thresholds",
    "churn.thresholds.high",
    "churn.floors",
    "engagement",
    "engagement.weights",
    "engagement.weights.share",
    "else",
]


@given(st.dictionaries(st.sampled_from(PLACES), garbage, max_size=6))
def test_garbage_anywhere_raises_only_policy_errors(values: dict[str, str]) -> None:
    accepted("\n".join(f"{place} = {value}" for place, value in values.items()))


@given(st.sampled_from(["hold", "tier", "more", "entry"]), garbage)
def test_garbage_in_a_scheme_raises_only_policy_errors(place: str, value: str) -> None:
    text = scheme(hold=value) if place == "hold" else scheme(entry=value)
    if place in ("tier", "more"):
        text = scheme(more=f"{place}_x = {value}\nnotice_days = {value}\nmax_downgrades = {value}")
    accepted(SMALLEST + text)


@given(st.text(max_size=40))
def test_any_text_raises_only_policy_errors(text: str) -> None:
    accepted(text)


def test_deep_nesting_is_a_policy_error() -> None:
    deep = "{ all = [" * 3000 + SPEND + "] }" * 3000
    assert faults(SMALLEST + scheme(entry=deep)) == ["not a policy: conditions are nested too deeply"]


def accepted(text: str) -> None:
    try:
        assert parse_policy(text).text == text
    except PolicyError as refused:
        lines = str(refused).split("\n")
        if not all(": " in line for line in lines):
            raise AssertionError(f"a fault without a place: {lines}") from refused
