"""Figures as Grafana writes them in its units."""

import math

_SPANS = ((86_400, "day"), (3600, "hour"), (60, "min"), (1, "s"))


def written(figure: float, unit: str, decimals: int | None = None) -> str:
    """A figure in a unit, short enough for an axis."""
    if math.isnan(figure):
        return "-"
    if unit == "percentunit":
        return f"{_short(figure * 100, decimals)}%"
    if unit == "s":
        return _span(figure, decimals)
    if unit == "bytes":
        return _scaled(figure, ("B", "KiB", "MiB", "GiB"), 1024, decimals)
    if unit.startswith("suffix:"):
        return _short(figure, decimals) + unit.removeprefix("suffix:")
    scaled = _scaled(figure, ("", "K", "Mil", "Bil"), 1000, decimals) if unit != "none" else _short(figure, decimals)
    return scaled + {"cps": " c/s", "cpm": " c/m"}.get(unit, "")


def _short(figure: float, decimals: int | None) -> str:
    if decimals is not None:
        return f"{figure:.{decimals}f}"
    return f"{figure:.3g}" if abs(figure) < 1000 else f"{figure:.0f}"


def _scaled(figure: float, names: tuple[str, ...], by: int, decimals: int | None) -> str:
    power = 0
    while abs(figure) >= by and power < len(names) - 1:
        figure, power = figure / by, power + 1
    return f"{_short(figure, decimals)} {names[power]}".rstrip()


def _span(seconds: float, decimals: int | None) -> str:
    for span, name in _SPANS:
        if abs(seconds) >= span:
            return f"{_short(seconds / span, decimals)} {name}"
    return f"{_short(seconds * 1000, decimals)} ms" if seconds else "0 s"
