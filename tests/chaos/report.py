"""What runs showed, as a table for the README and as a story for whoever looks for a fault."""

from tests.chaos.run import Result

COLUMNS = (
    "cell",
    "seed",
    "events",
    "faults",
    "ready again",
    "exits",
    "customers",
    "announcements",
    "uncommitted repeats",
    "found",
)


def heading() -> str:
    """The head of the table."""
    return f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def line(result: Result) -> str:
    """A run as a line of the table."""
    figures, wrong = result.verdict.figures, result.verdict.wrong
    again = [happened.again for happened in result.happened if happened.again is not None]
    cells = (
        result.cell,
        result.seed,
        figures.get("events", 0),
        len(result.happened),
        f"{min(again):.1f}-{max(again):.1f} s" if again else "",
        f"{result.stood_seconds:.1f} s",
        ", ".join(f"{who}: {number}" for who, number in result.exits.items()),
        figures.get("customers", 0),
        figures.get("announcements", 0),
        figures.get("announcements seen again uncommitted", 0),
        "; ".join(f"{kind}: {number}" for kind, number in wrong.items()) or "nothing wrong",
    )
    return f"| {' | '.join(map(str, cells))} |"


def told(result: Result) -> str:
    """A run as a story."""
    lines = [f"{result.cell} {result.seed}: {result.seconds:.0f} s, at rest {result.rest_seconds:.1f} s after the last event"]
    for happened in result.happened:
        again = "not seen going on" if happened.again is None else f"going on after {happened.again:.1f} s"
        lines.append(f"  {happened.step}: {happened.failed or again}")
    lines += [f"  {name}: {number}" for name, number in result.verdict.figures.items()]
    return "\n".join([*lines, *(f"  WRONG {example}" for example in result.verdict.examples)])
