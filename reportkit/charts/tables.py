"""Tables of texts, as people write numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reportkit.stats.readings import Reading
from reportkit.stats.runs import ran
from reportkit.stats.verdicts import Verdict, adjusted_p_values, by_role
from reportkit.stats.words import escaped, glued, interval, known, measured, p, percent, records, unsigned, with_unit

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler


def shown(table: pd.DataFrame, caption: str = "") -> Styler:
    """The table as a document shows it: without row numbers, `caption` above it."""
    styled = table.style.hide(axis="index").format(escape="html")
    return styled.set_caption(caption) if caption else styled


def comparison_table(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """One row per comparison: role, both means, lift, interval, p, verdict."""
    return _table(
        {
            "Metric": with_unit(verdict.metric_name, verdict.unit),
            "Role": verdict.role,
            "Variant": verdict.variant_name,
            "Control": measured(verdict.control_mean, verdict.unit),
            "Variant's": measured(verdict.mean, verdict.unit),
            "Lift": percent(verdict.lift),
            "95 % CI": interval(verdict.low, verdict.high),
            "p": p(verdict.p_value),
            "Verdict": verdict.outcome.value,
        }
        for verdict in verdicts
    )


def overview_table(sides: Sequence[Reading], metrics: Iterable[str] = ()) -> pd.DataFrame:
    """The comparisons of `metrics` on every side, one metric below the other; without metrics, of the primary ones."""
    return _table(
        {
            "Metric": with_unit(verdict.metric_name, verdict.unit),
            "Side": side.name,
            "Variant": verdict.variant_name,
            "Control": measured(verdict.control_mean, verdict.unit),
            "Variant's": measured(verdict.mean, verdict.unit),
            "Lift": percent(verdict.lift),
            "95 % CI": interval(verdict.low, verdict.high),
            "p": p(verdict.p_value),
            "Verdict": verdict.outcome.value,
        }
        for side, verdict in on_sides(sides, list(metrics))
    )


def on_sides(sides: Sequence[Reading], metrics: Sequence[str]) -> list[tuple[Reading, Verdict]]:
    """Every side's verdicts on `metrics`, metric by metric; without metrics, those on its primary ones."""
    if not metrics:
        return [(side, verdict) for side in sides for verdict in side.verdicts if verdict.role == "primary"]
    return [(side, v) for metric in metrics for side in sides for v in side.verdicts if v.metric == metric]


def sides_table(sides: Sequence[Reading]) -> pd.DataFrame:
    """One row for each side: when it ran, over whom, and what its own numbers recommend."""
    return _table(
        {
            "Side": side.name,
            "Run": ran(side.experiment),
            "Subjects": f"{side.subjects:,}",
            "Sample-ratio p": p(known(side.experiment["srm_p_value"])),
            "Recommendation": side.judged.headline,
        }
        for side in sides
    )


def effects_table(results: Sequence[Mapping[str, Any]], verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Every variant's mean with its standard error, and the difference in the metric's own unit."""
    detectable = {(v.metric, v.variant): v.detectable for v in verdicts}
    return _table(
        {
            "Metric": with_unit(row["metric_name"], row["unit"]),
            "Variant": row["variant_name"],
            "Subjects": f"{row['subjects']:,}",
            "Mean": measured(known(row["mean"]), row["unit"]),
            "Std. error": measured(known(row["std_error"]), row["unit"]),
            "Difference": "" if row["is_control"] else measured(known(row["difference"]), row["unit"], sign=True),
            "95 % CI": "" if row["is_control"] else _between(row),
            "Detectable": unsigned(detectable[key]) if (key := (row["metric"], row["variant"])) in detectable else "",
        }
        for row in by_role(results)
    )


def segment_table(by_segment: pd.DataFrame) -> pd.DataFrame:
    """The comparisons in each segment, rows of `experiment_results` by segment; p adjusted among all of them."""
    compared = by_role(records(by_segment[~by_segment["is_control"]]))
    adjusted = adjusted_p_values([known(row["p_value"]) for row in compared])
    rows = (
        {
            "Metric": with_unit(row["metric_name"], row["unit"]),
            "Platform": row["segment"],
            "Variant": row["variant_name"],
            "Subjects": f"{row['subjects']:,}",
            "Control": measured(known(row["control_mean"]), row["unit"]),
            "Variant's": measured(known(row["mean"]), row["unit"]),
            "Lift": percent(known(row["lift"])),
            "95 % CI": interval(known(row["lift_low"]), known(row["lift_high"])),
            "p": p(p_value),
        }
        for row, p_value in zip(compared, adjusted, strict=True)
    )
    return _table(rows, droppable=("Metric", "Variant"))


def verdict_list(verdicts: Sequence[Verdict]) -> str:
    """Markdown: a sentence in plain words for each comparison."""
    several = len({verdict.variant for verdict in verdicts}) > 1
    lines = (
        f"- **{escaped(v.metric_name)}** ({v.role}{f', {escaped(v.variant_name)}' if several else ''}): "
        f"{v.outcome.value}. {v.plain[0].upper()}{v.plain[1:]}."
        for v in verdicts
    )
    return glued("\n".join(lines))


def _table(rows: Iterable[Mapping[str, str]], droppable: Sequence[str] = ("Variant",)) -> pd.DataFrame:
    """Without those of `droppable` that say the same in every row."""
    import pandas as pd

    table = pd.DataFrame(list(rows))
    return table.drop(columns=[name for name in droppable if name in table and table[name].nunique() == 1])


def _between(row: Mapping[str, Any]) -> str:
    low, high = known(row["difference_low"]), known(row["difference_high"])
    if low is None or high is None:
        return "n/a"
    return f"{measured(low, row['unit'], sign=True)} to {measured(high, row['unit'], sign=True)}"
