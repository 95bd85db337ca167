"""The report as one page of HTML that needs nothing from anywhere: tables, and charts as inline SVG."""

from html import escape

from tests.bench.report import Chart, Goal, Report, Table

COLOURS = ("#2f6f9f", "#d9822b", "#6b9e4f", "#9a5ea1")
STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
.pass { color: #2e7d32; } .MISS { color: #c62828; font-weight: 600; }
svg { display: block; max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
.legend span { margin-right: 1.2rem; } .legend i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; }
"""
LABEL, WIDTH, BAR, GAP, FIGURES = 330, 980, 11, 9, 70


def render(report: Report) -> str:
    facts = " · ".join(f"{name}: {value}" for name, value in report.facts.items())
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><meta charset="utf-8"><title>The academy, measured</title>',
            f"<style>{STYLE}</style><h1>The academy, measured</h1><p>{escape(facts)}</p>",
            _goals(report.goals),
            *(_chart(chart) for chart in report.charts),
            *(_table(table) for table in report.tables),
            "</html>",
        )
    )


def _goals(goals: list[Goal]) -> str:
    rows = "".join(
        f"<tr><td>{escape(goal.what)}</td><td>{escape(goal.must)}</td><td>{escape(goal.measured)}</td>"
        f'<td class="{goal.verdict}">{goal.verdict}</td><td>{escape(goal.note)}</td></tr>'
        for goal in goals
    )
    return f"<h2>Goals</h2><table><tr><th>what<th>must be<th>measured<th><th></tr>{rows}</table>"


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"<h2>{escape(table.title)}</h2><table><tr>{head}</tr>{rows}</table>"


def _chart(chart: Chart) -> str:
    if not chart.bars:
        return ""
    longest = max(max(values) for _, values in chart.bars) or 1.0
    scale = (WIDTH - LABEL - FIGURES) / max(longest, chart.line or 0.0)
    group = len(chart.series) * BAR + GAP
    height = len(chart.bars) * group + GAP
    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" aria-label="{escape(chart.title)}">']
    for row, (label, values) in enumerate(chart.bars):
        top = GAP + row * group
        parts.append(f'<text x="{LABEL - 8}" y="{top + BAR}" text-anchor="end">{escape(label)}</text>')
        for index, value in enumerate(values):
            y, length = top + index * BAR, max(1.0, value * scale)
            parts.append(f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR - 2}" fill="{COLOURS[index % len(COLOURS)]}"/>')
            parts.append(f'<text x="{LABEL + length + 5:.1f}" y="{y + BAR - 2}" style="font-size:10px">{value:.2f}</text>')
    if chart.line is not None:
        x = LABEL + chart.line * scale
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height}" stroke="#c62828" stroke-dasharray="4 3"/>')
    parts.append("</svg>")
    legend = "".join(
        f'<span><i style="background:{COLOURS[index % len(COLOURS)]}"></i>{escape(name)}</span>' for index, name in enumerate(chart.series)
    )
    return f'<h2>{escape(chart.title)} ({escape(chart.unit)})</h2><p class="legend">{legend}</p>{"".join(parts)}'
