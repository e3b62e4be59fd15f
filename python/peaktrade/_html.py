"""A result as a notebook shows it."""

from html import escape

from . import _native


def _shown(value, unit):
    if value is None:
        return "&ndash;"
    if unit == "fraction":
        return f"{value:.2%}"
    if unit == "currency":
        return f"{value:,.2f}"
    if unit in ("bars", "count"):
        return f"{value:,.0f}"
    return f"{value:,.4g}"


def table(result):
    """Metrics in a table, with conventions and reasons as tooltips; names are escaped."""
    metrics = result.metrics
    rows = []
    for info in _native.metric_infos():
        name = info["name"]
        value = metrics[name]
        hint = info["convention"] if value is not None else metrics.reasons[name]
        rows.append(
            f'<tr title="{escape(hint, quote=True)}"><td style="text-align:left">{escape(info["title"])}</td>'
            f'<td style="text-align:right">{_shown(value, info["unit"])}</td></tr>'
        )
    half = (len(rows) + 1) // 2
    columns = "".join(
        f'<table style="display:inline-table;vertical-align:top;margin-right:2em"><tbody>{"".join(part)}</tbody></table>'
        for part in (rows[:half], rows[half:])
    )
    parameters = ", ".join(f"{key}={value:g}" for key, value in result.params.items())
    heading = f"{escape(result.strategy.name)}({escape(parameters)}) on {escape(repr(result.bars))}"
    warnings = "".join(f"<p><b>Warning:</b> {escape(text)}</p>" for text in result.warnings)
    return f"<div><p><b>{heading}</b></p>{warnings}{columns}</div>"
