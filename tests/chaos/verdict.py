"""What a judge has found."""

from dataclasses import dataclass, field

EXAMPLES = 5


@dataclass(slots=True)
class Verdict:
    """What is wrong, counted by kind, with a few examples of each; nothing is when `wrong` is empty. `figures` are no fault."""

    wrong: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)

    def find(self, kind: str, what: object) -> None:
        """Something is wrong."""
        self.wrong[kind] = self.wrong.get(kind, 0) + 1
        if self.wrong[kind] <= EXAMPLES:
            self.examples.append(f"{kind}: {str(what)[:400]}")

    def count(self, what: str, number: int = 1) -> None:
        """Something that is worth knowing."""
        self.figures[what] = self.figures.get(what, 0) + number
