"""The few SVG marks that panels are made of, and the colours of Grafana's dark theme."""

from html import escape

BACK, FACE, EDGE, TEXT, DIM = "#111217", "#181b1f", "#2c3235", "#ccccdc", "#8e8e99"
NAMED = {"green": "#56a64b", "orange": "#ff780a", "red": "#e02f44", "text": TEXT, "blue": "#5794f2", "purple": "#b877d9"}
PALETTE = ("#7EB26D", "#EAB839", "#6ED0E0", "#EF843C", "#E24D42", "#5195CE", "#BA43A9", "#967BC8", "#508642", "#CCA300")


def text(x: float, y: float, said: str, *, size: int = 11, fill: str = TEXT, anchor: str = "start", bold: bool = False) -> str:
    """A line of text. What the page has as its own (11 pixels, the colour of text) is not said again."""
    look = "" if size == 11 else f' font-size="{size}"'
    look += "" if fill == TEXT else f' fill="{fill}"'
    look += "" if anchor == "start" else f' text-anchor="{anchor}"'
    look += ' font-weight="600"' if bold else ""
    return f'<text x="{x:.0f}" y="{y:.0f}"{look}>{escape(said)}</text>'


def box(x: float, y: float, width: float, height: float, fill: str, *, edge: str = "", opacity: float = 1) -> str:
    """A filled rectangle."""
    look = f' stroke="{edge}"' if edge else ""
    look += f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.1f}" height="{height:.0f}" fill="{fill}"{look}/>'


def line(points: list[tuple[float, float]], colour: str, *, dashed: bool = False, fill: str = "none") -> str:
    """A line through points; with `fill` the area that they enclose."""
    places = [(round(x), round(y)) for x, y in points]
    flat = {n for n in range(1, len(places) - 1) if places[n - 1][1] == places[n][1] == places[n + 1][1]}
    through = " ".join(f"{x},{y}" for n, (x, y) in enumerate(places) if n not in flat)
    look = ' stroke-dasharray="5 4"' if dashed else ""
    look += ' fill-opacity=".5"' if fill != "none" else ""
    return f'<polyline points="{through}" fill="{fill}" stroke="{colour}"{look}/>'


def fitting(said: str, pixels: float, size: int = 11) -> str:
    """The text, cut at the end where it would not fit."""
    most = max(3, int(pixels / (size * 0.56)))
    return said if len(said) <= most else said[: most - 1] + "…"
