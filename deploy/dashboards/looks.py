"""How each kind of panel looks: the builder of its type, with legend, colours and scale."""

from typing import Any

from grafana_foundation_sdk.builders import bargauge, common, dashboard, heatmap, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common as units
from grafana_foundation_sdk.models import dashboard as model

from deploy.dashboards.bounds import Bound
from deploy.dashboards.panel import Kind, Panel

GREEN, ORANGE, RED = "green", "orange", "red"


def look(panel: Panel) -> Any:
    """A builder of the panel's type; title, queries and place are still to be set."""
    return _LOOKS[panel.kind](panel)


def steps(bound: Bound) -> list[model.Threshold]:
    """Colours from the lowest figure up."""
    marks = [(bound.bad, RED)] if bound.doubtful is None else [(bound.bad, RED), (bound.doubtful, ORANGE)]
    if not bound.low:
        ends = [(None, GREEN), *((at, colour) for at, colour in reversed(marks))]
    else:
        colours = [colour for _, colour in marks] + [GREEN]
        ends = [(None, colours[0]), *((at, colours[place + 1]) for place, (at, _) in enumerate(marks))]
    return [model.Threshold(value=at, color=colour) for at, colour in ends]


def _thresholds(bound: Bound | None) -> dashboard.ThresholdsConfig:
    plain = [model.Threshold(value=None, color="text")]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps(bound) if bound else plain)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _number(panel: Panel) -> stat.Panel:
    named = any("{{" in query.legend for query in panel.queries)
    return (
        stat.Panel()
        .thresholds(_thresholds(panel.bound))
        .color_mode(units.BigValueColorMode.BACKGROUND if panel.bound else units.BigValueColorMode.NONE)
        .graph_mode(units.BigValueGraphMode.NONE)
        .reduce_options(_last())
        .text_mode(units.BigValueTextMode.VALUE_AND_NAME if named else units.BigValueTextMode.VALUE)
        .no_value("-")
    )


def _lines(panel: Panel) -> timeseries.Panel:
    made = (
        timeseries.Panel()
        .legend(_legend())
        .tooltip(common.VizTooltipOptions().mode(units.TooltipDisplayMode.MULTI).sort(units.SortOrder.DESCENDING))
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        .line_width(1)
        .fill_opacity(8)
        .show_points(units.VisibilityMode.NEVER)
    )
    if panel.least is None:
        made.axis_soft_min(0)
    if panel.logarithmic:
        made.scale_distribution(common.ScaleDistributionConfig().type(units.ScaleDistribution.SYMLOG).log(10).linear_threshold(1))
    if panel.bound:
        style = common.GraphThresholdsStyleConfig().mode(units.GraphThresholdsStyleMode.DASHED)
        made.thresholds(_thresholds(panel.bound)).thresholds_style(style)
    return made


def _areas(panel: Panel) -> timeseries.Panel:
    return _lines(panel).fill_opacity(60).stacking(common.StackingConfig().mode(units.StackingMode.NORMAL))


def _legend() -> common.VizLegendOptions:
    shown = common.VizLegendOptions().display_mode(units.LegendDisplayMode.TABLE).placement(units.LegendPlacement.BOTTOM)
    return shown.show_legend(True).calcs(["lastNotNull", "max"])


def _bars(panel: Panel) -> bargauge.Panel:
    made = bargauge.Panel().orientation(units.VizOrientation.HORIZONTAL).display_mode(units.BarGaugeDisplayMode.BASIC)
    made.reduce_options(_last()).value_mode(units.BarGaugeValueMode.COLOR).show_unfilled(True).min(0)
    if panel.bound:
        return made.thresholds(_thresholds(panel.bound))
    return made.color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))


def _heat(panel: Panel) -> heatmap.Panel:
    return (
        heatmap.Panel()
        .calculate(False)
        .y_axis(heatmap.YAxisConfig().unit(panel.unit))
        .color(heatmap.HeatmapColorOptions().scheme("Oranges"))
        .show_legend()
        .filter_values(heatmap.FilterValueRange().le(1e-9))
    )


def _states(panel: Panel) -> statetimeline.Panel:
    words = {str(value): model.ValueMappingResult(text=text, color=colour) for value, text, colour in panel.words}
    return statetimeline.Panel().mappings([model.ValueMap(options=words)]).show_value(units.VisibilityMode.AUTO).row_height(0.8)


def _table(panel: Panel) -> table.Panel:
    hidden = {"Time": True, "__name__": True}
    return table.Panel().with_transformation(model.DataTransformerConfig("organize", options={"excludeByName": hidden}))


_LOOKS = {
    Kind.NUMBER: _number,
    Kind.LINES: _lines,
    Kind.AREAS: _areas,
    Kind.BARS: _bars,
    Kind.HEAT: _heat,
    Kind.STATES: _states,
    Kind.TABLE: _table,
}
