"""`tiering fit`: the churn parameters from files of events, as a policy snippet."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click
import msgspec
from rich.console import Console

from service.commands import outputs
from service.domain.calendar import date_of, day_number
from service.domain.policy import ChurnRules, Policy
from service.domain.policy_file import PolicyError, parse_policy
from service.event_files import in_order
from service.fitting.purchase_days import History

if TYPE_CHECKING:
    from service.fitting.report import Report

_SHOWN_EVERY = 10_000


class Say(Protocol):
    """Tells a person how far it is; `passing` is for a terminal only."""

    def __call__(self, text: str, *, passing: bool = False) -> None: ...


@click.command(name="fit", help="Fit the churn parameters to history; a [churn] section for the policy comes out.")
@click.option("--policy", type=click.Path(path_type=Path), required=True, help="The policy file (TOML).")
@click.option("--events", type=click.Path(path_type=Path), multiple=True, required=True, help="JSON Lines: plain, .gz or .zst.")
@click.argument("more", nargs=-1, type=click.Path(path_type=Path))
@click.option("--horizon", type=click.IntRange(min=1), help="Days to look ahead. Default: the policy's horizon_days.")
@click.option(
    "--cut", "cuts", type=click.DateTime(["%Y-%m-%d"]), multiple=True, help="A day to look ahead from. Default: up to six."
)
@click.option("--out", type=click.Path(path_type=Path), help="Where the snippet goes. Default: stdout.")
@click.option("--json", "as_json", is_flag=True, help="Rules and scores for programs, on stdout.")
def command(
    policy: Path,
    events: tuple[Path, ...],
    more: tuple[Path, ...],
    horizon: int | None,
    cuts: tuple[datetime, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Read, fit, propose."""
    if missing := [name for name in ("numpy", "scipy") if find_spec(name) is None]:
        raise SystemExit(_wrong_use(f"a fit needs {' and '.join(missing)}: pip install 'customer-tiering[fit]'"))
    from service.fitting.observations import TooShort
    from service.fitting.report import table

    try:
        rules = parse_policy(policy.read_text(encoding="utf-8"))
        days = [day_number(cut.date()) for cut in cuts]
        before = rules.churn or ChurnRules()
        outputs.check([out] if out is not None else [], [policy, *events, *more])
        with _saying() as say:
            found, days = _fit(rules, [*events, *more], horizon or before.horizon_days, days, say)
        click.echo(table(found.lines), err=True)
        _write(found, days, out, as_json)
    except (PolicyError, UnicodeDecodeError) as error:
        raise SystemExit(_wrong_use(f"{policy}: {error}")) from error
    except (OSError, TooShort) as error:
        raise SystemExit(_wrong_use(str(error))) from error


def _fit(policy: Policy, paths: list[Path], horizon: int, cuts: list[int], say: Say) -> "tuple[Report, list[int]]":
    from service.fitting.observations import TooShort, check_cuts, choose_cuts
    from service.fitting.report import report

    history = History(policy.frame)
    for count in history.take(line.value for line in in_order(paths)):
        if not count % _SHOWN_EVERY:
            say(f"{count:,} events", passing=True)
    customers = history.purchases()
    if not customers or history.last_day is None:
        raise TooShort("there is no order that counts in these files")
    first_day = min(customer.days[0] for customer in customers)
    say(f"{len(customers):,} customers with an order, {history.refused:,} events refused")
    cuts = cuts or choose_cuts(first_day, history.last_day, horizon)
    check_cuts(cuts, first_day, history.last_day, horizon)
    say(f"{horizon} days ahead of {', '.join(date_of(cut).isoformat() for cut in cuts)}")
    return report(customers, cuts, horizon, policy.churn or ChurnRules(), say), cuts


def _write(found: "Report", cuts: list[int], out: Path | None, as_json: bool) -> None:
    from service.fitting.snippet import toml

    days = [date_of(cut).isoformat() for cut in cuts]
    loss = f"log loss {found.fitted.log_loss:.4f} of no order in {found.rules.horizon_days} days"
    shares = "Thresholds: half, 75 % and 90 % of the customers at those days lie below them, as far as the rules allow."
    snippet = toml(found.rules, [f"By `tiering fit`: {loss}, from {', '.join(days)}.", shares])
    if out is not None:
        out.write_text(snippet, encoding="utf-8")
    if as_json:
        scores = [{"score": line.score, "customers": line.customers, **line.scores._asdict()} for line in found.lines]
        content = {"churn": found.rules, "cuts": days, "log_loss": found.fitted.log_loss, "scores": scores}
        click.echo(msgspec.json.encode(content).decode())
    elif out is None:
        click.echo(snippet, nl=False)


@contextmanager
def _saying() -> Iterator[Say]:
    """On a terminal one line that changes, else a line a step."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text, *, passing=False: None if passing else click.echo(text, err=True)
        return
    with console.status("reading") as status:

        def say(text: str, *, passing: bool = False) -> None:
            status.update(text)
            if not passing:
                console.print(text, highlight=False)

        yield say


def _wrong_use(message: str) -> int:
    click.echo(message, err=True)
    return 2
