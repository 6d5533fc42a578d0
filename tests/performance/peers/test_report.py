"""Ratios, goals and the marks of what went wrong."""

from pathlib import Path

from tests.performance.peers import ours, rows
from tests.performance.peers.goals import by_round, cpu, yardsticks
from tests.performance.peers.report import Report
from tests.performance.peers.run import Run, judged


def run(row: str, number: int, cpu: float, **more: object) -> Run:
    """A run with figures."""
    return Run(row, number, events=100, rate=1e6 / cpu, warm_rate=1e6 / cpu, cpu=cpu, warm_cpu=cpu, **more)  # type: ignore[arg-type]


RUNS = [
    run(rows.YARDSTICK, 1, 8.0),
    run(rows.YARDSTICK, 1, 12.0),
    run(ours.CUSTOMERS, 1, 20.0),
    run(rows.YARDSTICK, 2, 20.0),
    run(ours.CUSTOMERS, 2, 60.0),
    run(rows.YARDSTICK, 3, 10.0),
    Run(ours.CUSTOMERS, 3, error="it was not through"),
]


def test_ratios_are_taken_within_a_round_and_of_the_mean_of_its_yardsticks() -> None:
    assert by_round(RUNS, rows.YARDSTICK, cpu) == {1: 10.0, 2: 20.0, 3: 10.0}
    goal = yardsticks(ours.CUSTOMERS, 2.5, "customers")
    assert goal.ratios(RUNS) == [2.0, 3.0]
    assert goal.line(RUNS)[2:] == ["2.50 (2.00-3.00)", "reached"]
    assert yardsticks(ours.CUSTOMERS, 2.4, "customers").line(RUNS)[3] == "not reached"
    assert yardsticks(ours.INTAKE, 1.0, "intake").line(RUNS)[2:] == ["-", "not measured"]


def test_what_failed_or_is_wrong_stays_in_the_table() -> None:
    report = Report(100, {"cores": 2, "cpu": "x", "python": "3", "load before": 0.1}, RUNS)
    lines = {line[0]: line for line in report.lines()}
    assert lines[rows.YARDSTICK][-1] == "right"
    assert lines[ours.CUSTOMERS][-1] == "1 of 3 FAILED: it was not through"
    report.runs = [Run("Bytewax", 1, error="no answer"), judged(run("Quix", 1, 9.0), {"spend": 5}, {"spend": 6})]
    assert [line[-1] for line in report.lines()] == ["1 of 1 FAILED: no answer", "WRONG: spend 6, not 5"]
    assert "FAILED: no answer" in report.markdown()


def test_a_report_is_written_and_read(tmp_path: Path) -> None:
    report = Report(100, {"cores": 2, "cpu": "x", "python": "3", "load before": 0.1}, RUNS, ["Kafka Streams: no Maven"])
    report.write(tmp_path / "in" / "runs.json")
    read = Report.read(tmp_path / "in" / "runs.json")
    assert read.runs == RUNS
    assert read.markdown() == report.markdown()
    assert "Left out: Kafka Streams: no Maven" in read.markdown()
