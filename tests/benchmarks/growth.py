"""The growth of cost as a table in Markdown and as charts in SVG."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
_STAGES = {
    "Reading the tables of facts": "read tables",
    "Checking them against the shapes": "shapes",
    "Deriving periods": "periods",
    "Reasoning": "closure",
    "Writing the store": "write store",
    "Looking for contradictions": "contradictions",
}


def rows(found: list[Figures]) -> list[list[str]]:
    """The cells of the table, one row for each figure."""
    table = [["", *(f"{one['size']}×" for one in found)]]

    def add(name: str, form: str, values: list[float | None]) -> None:
        table.append([name, *("–" if value is None else form.format(value) for value in values)])

    add(
        "acts",
        "{:,.0f}",
        [one["build"]["counts"]["acts"] + one["build"]["counts"]["proposed_acts"] for one in found],
    )
    add("quads in the store", "{:,.0f}", [one["build"]["counts"]["quads"] for one in found])
    add("**build, wall (s)**", "{:.0f}", [one["build"]["wall"] for one in found])
    add("build, processor (s)", "{:.0f}", [one["build"]["processor"] for one in found])
    add("processor per act (ms)", "{:.2f}", [one["build"]["processor"] / one["size"] / 2.6 for one in found])
    for stage, name in _STAGES.items():
        values = [one["build"]["stages"].get(stage, [None])[0] for one in found]
        if any(value is not None for value in values):
            add(f"· {name}, wall (s)", "{:.1f}", values)
    add("build, peak memory (MiB)", "{:,.0f}", [one["build"]["memory"] for one in found])
    add("store on disk (MiB)", "{:,.0f}", [one["disk"] for one in found])
    add("load of the machine, 5 min", "{:.1f}", [one["build"]["load"] for one in found])
    for key, name in (
        ("point", "**point query** (who recognises one polity on a day), disk (ms)"),
        ("listing", "as-of listing (whom one party recognises on a day), disk (ms)"),
        ("calendar", "first snapshot: reading the calendar (ms)"),
        ("snapshot", "further snapshot, whole (ms)"),
        ("lookup", "**look-up in a snapshot** (ms)"),
        ("memory", "asking, peak memory (MiB)"),
    ):
        add(
            name,
            "{:,.2f}" if key in ("point", "listing", "lookup") else "{:,.0f}",
            [one["ask"][key] for one in found],
        )
    _add_others(add, found)
    return table


def _add_others(add: Callable[[str, str, list[float | None]], None], found: list[Figures]) -> None:
    """Add what is measured of some sizes only."""
    for part, key, form, name in (
        ("change", "first", "{:.1f}", "**change**: the first act, the graph read into memory before it (s)"),
        ("change", "act", "{:,.0f}", "**change**: each further act, until durable (ms)"),
        ("change", "memory", "{:,.0f}", "changing, peak memory (MiB)"),
        ("virtuoso", "build", "{:.0f}", "**Virtuoso**: build inside it, by rules (s)"),
        ("virtuoso", "disk", "{:,.0f}", "Virtuoso: files (MiB)"),
        ("virtuoso", "point", "{:,.0f}", "Virtuoso: point query (ms)"),
        ("virtuoso", "listing", "{:,.0f}", "Virtuoso: as-of listing (ms)"),
    ):
        values = [one.get(part, {}).get(key) for one in found]
        if any(value is not None for value in values):
            add(name, form, values)


def chart(title: str, found: list[Figures], series: dict[str, list[float]]) -> str:
    """A chart with both axes logarithmic, in which a straight line at 45 degrees is linear growth."""
    from math import log10

    width, height, left, top = 640, 400, 70, 50
    sizes = [one["size"] for one in found]
    values = [value for line in series.values() for value in line if value > 0]
    low, high = int(log10(min(values)) // 1), int(-(-log10(max(values)) // 1))
    high = max(high, low + 1)

    def x(size: float) -> float:
        return left + (width - left - 30) * log10(size) / max(log10(max(sizes)), 1)

    def y(value: float) -> float:
        return top + (height - top - 50) * (high - log10(value)) / (high - low)

    parts = [f'<text x="{width / 2}" y="24" text-anchor="middle" font-size="16">{title}</text>']
    for power in range(low, high + 1):
        parts.append(
            f'<line x1="{left}" y1="{y(10.0**power):.1f}" x2="{width - 30}" y2="{y(10.0**power):.1f}" stroke="#ddd"/>'
        )
        parts.append(
            f'<text x="{left - 8}" y="{y(10.0**power) + 4:.1f}" text-anchor="end">{10.0**power:g}</text>'
        )
    for size in sizes:
        parts.append(f'<text x="{x(size):.1f}" y="{height - 28}" text-anchor="middle">{size}×</text>')
    for (name, line), colour in zip(
        series.items(), ("#0b5394", "#a61c00", "#38761d", "#674ea7"), strict=False
    ):
        points = [(x(size), y(value)) for size, value in zip(sizes, line, strict=True) if value > 0]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>' for a, b in points]
        a, b = points[-1]
        parts.append(f'<text x="{a - 8:.1f}" y="{b - 8:.1f}" text-anchor="end" fill="{colour}">{name}</text>')
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12" role="img"><title>{title}</title>\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def write(found: list[Figures], docs: Path) -> None:
    """Write table and charts into the folder of the documentation."""
    table = rows(found)
    lines = ["| " + " | ".join(row) + " |" for row in table]
    lines.insert(1, "|---|" + "---:|" * len(found))
    text = (
        "# Growth, measured\n\n"
        "Written by `make bench-scale`; do not edit. Worlds are made up by `tests.benchmarks.synthesis`, with as "
        "many acts as today's facts hold, and some times as many. A stage's time is that of the wall.\n\n"
        + "\n".join(lines)
        + "\n\n![Building](benchmarks-scale-build.svg)\n\n![Asking](benchmarks-scale-ask.svg)\n"
    )
    (docs / "benchmarks-scale.md").write_text(text, "utf-8")
    built = {
        "processor, s": [one["build"]["processor"] for one in found],
        "disk, MiB": [one["disk"] for one in found],
        "memory, MiB": [one["build"]["memory"] for one in found],
    }
    asked = {
        name: [one["ask"][key] for one in found]
        for name, key in (
            ("point query, ms", "point"),
            ("as-of listing, ms", "listing"),
            ("look-up in a snapshot, ms", "lookup"),
        )
    }
    (docs / "benchmarks-scale-build.svg").write_text(chart("Building", found, built), "utf-8")
    (docs / "benchmarks-scale-ask.svg").write_text(chart("Asking", found, asked), "utf-8")
