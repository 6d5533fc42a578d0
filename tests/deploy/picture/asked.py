"""Prometheus over HTTP, and what Grafana puts in place of the variables in a query."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen


class Refused(Exception):
    """Prometheus can't answer; the message is the query and what it says of it."""


@dataclass(frozen=True)
class Series:
    """One series of an answer: its labels, and (Unix time, figure) in order of time; an instant answer has one."""

    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Window:
    """The time that is looked at: Unix seconds, and the distance of points."""

    begin: float
    end: float
    step: int
    marks: Sequence[tuple[float, str]] = ()
    """Moments that are marked on every axis of time, and the colour of the mark."""

    @property
    def seconds(self) -> int:
        """Its length."""
        return int(self.end - self.begin)


class Prometheus:
    """One server, one window; `scrape` seconds between its scrapes decide what $__rate_interval is."""

    def __init__(self, address: str, window: Window, scrape: int) -> None:
        self.address, self.window = address, window
        rate = max(window.step + scrape, 4 * scrape)
        self.places = {"$__rate_interval": f"{rate}s", "$__range": f"{window.seconds}s"}
        self.jobs = self.values("tiering_build_info", "job")
        self.instances = self.values("tiering_build_info", "instance")
        self.places |= {"$namespace": ".*", "$job": "|".join(self.jobs), "$instance": "|".join(self.instances)}

    def mark(self, coloured: Mapping[str, str]) -> None:
        """Mark the moments at which a series of these queries begins, each query in its colour."""
        found = [
            (series, colour) for query, colour in coloured.items() for series in self.answer(query, instant=False, places={})
        ]
        step = self.window.step
        begins = {(at, colour) for series, colour in found for at, _ in series.points if at - step not in dict(series.points)}
        self.window = replace(self.window, marks=sorted(begins))

    def values(self, metric: str, label: str) -> list[str]:
        """All values that a label had in the window."""
        asked = {"match[]": metric, "start": self.window.begin, "end": self.window.end}
        return [str(value) for value in self._get(f"label/{label}/values", asked)]

    def answer(self, promql: str, *, instant: bool, places: Mapping[str, str]) -> list[Series]:
        """The series that a dashboard's query gives, with the variables' values (and `places`) put in."""
        for name, value in {**self.places, **places}.items():
            promql = promql.replace(name, value)
        if instant:
            found = self._get("query", {"query": promql, "time": self.window.end})["result"]
            return [Series(each["metric"], [_point(each["value"])]) for each in found]
        window = self.window
        found = self._get("query_range", {"query": promql, "start": window.begin, "end": window.end, "step": window.step})
        return [Series(each["metric"], [_point(point) for point in each["values"]]) for each in found["result"]]

    def _get(self, path: str, asked: Mapping[str, object]) -> Any:
        try:
            with urlopen(f"{self.address}/api/v1/{path}?{urlencode(asked)}", timeout=60) as response:
                return json.load(response)["data"]
        except HTTPError as error:
            if error.code not in (400, 422):
                raise  # 503: it is just beginning
            raise Refused(f"{asked.get('query', path)}: {json.load(error)['error']}") from error


def _point(pair: Sequence[Any]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])
