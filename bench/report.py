"""The bench's results: as a table for people, as JSON, and as a picture for the README."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median
from typing import Any
from xml.sax.saxutils import escape

from rich.table import Table

from bench.contenders import OURS, REFERENCE, Measurement

Pick = Callable[[Measurement], float]


def summarize(measurements: list[Measurement]) -> list[dict[str, Any]]:
    """Return for each mode, contender and number of threads the medians, and the ratios round by round.

    Returns
    -------
    list of dict
        `mode`, `contender`, `threads`, `rounds`; `words_per_second`, `job_seconds`, `job_ratio` and `ratio` (to
        gensim fed by an iterable, in the same round, with as many threads) and `best_ratio` (to the fastest of the
        others in that round), each as [median, least, greatest]; `cpu_words_per_second` and `peak_bytes` as medians.
    """
    rows = []
    for mode, contender, threads in dict.fromkeys((m.mode, m.contender, m.threads) for m in measurements):
        alike = [m for m in measurements if (m.mode, m.threads) == (mode, threads)]
        reference = {m.round: m for m in alike if m.contender == REFERENCE}
        own = [m for m in alike if m.contender == contender]
        paired = [(m, reference[m.round]) for m in own if m.round in reference]
        others = {m.round: [o for o in alike if o.round == m.round and o.contender != OURS] for m in own}
        rows.append(
            {
                "mode": mode,
                "contender": contender,
                "threads": threads,
                "rounds": len(own),
                "words_per_second": _spread(m.words_per_second for m in own),
                "ratio": _spread(m.words_per_second / other.words_per_second for m, other in paired),
                "best_ratio": _spread(
                    m.words_per_second / max(other.words_per_second for other in others[m.round])
                    for m in own
                    if others[m.round]
                ),
                "job_seconds": _spread(m.job_seconds for m in own),
                "job_ratio": _spread(other.job_seconds / m.job_seconds for m, other in paired),
                "cpu_words_per_second": median(m.words_per_second * m.seconds / m.cpu_seconds for m in own),
                "peak_bytes": median(m.peak_bytes for m in own),
            }
        )
    return rows


def _spread(values: Iterable[float]) -> list[float] | None:
    listed = list(values)
    return [median(listed), min(listed), max(listed)] if listed else None


def speed_table(rows: list[dict[str, Any]], mode: str) -> Table:
    """Return the table of a mode's speeds and memory."""
    table = Table(title=f"{mode}: raw tokens × epochs ÷ training seconds; median (least – greatest)")
    table.caption = "A job is the whole process, from text to vectors.txt; a CPU second is one processor's."
    for heading in (
        "", "threads", "M words/s", "× gensim", "× fastest other", "M words/CPU s", "job, s", "job × gensim",
        "peak MB",
    ):  # fmt: skip
        table.add_column(heading, justify="left" if not heading else "right", no_wrap=True)
    for row in rows:
        table.add_row(
            row["contender"],
            str(row["threads"]),
            _shown(row["words_per_second"], 1e-6),
            _shown(row["ratio"]),
            _shown(row["best_ratio"]),
            f"{row['cpu_words_per_second'] / 1e6:.2f}",
            _shown(row["job_seconds"]),
            _shown(row["job_ratio"]),
            f"{row['peak_bytes'] / 1e6:.0f}",
            style="bold" if row["contender"] == OURS else "",
        )
    return table


def _shown(spread: list[float] | None, unit: float = 1.0) -> str:
    if spread is None:
        return "–"
    middle, least, most = (f"{value * unit:.2f}" for value in spread)
    return middle if least == most else f"{middle} ({least} – {most})"


def score_table(scores: dict[str, list[dict[str, dict[str, float]]]], mode: str) -> Table:
    """Return the table of a mode's scores: contender, then the mean over its scored runs and their spread."""
    table = Table(
        title=f"{mode}, scores: mean (least – greatest) over the runs; below, how much of the set was found"
    )
    table.add_column("", no_wrap=True)
    names = next(iter(scores.values()))[0]
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for contender, runs in scores.items():
        cells = []
        for name in names:
            values = [run[name]["score"] for run in runs]
            spread = f" ({min(values):.3f} – {max(values):.3f})" if len(runs) > 1 else ""
            cells.append(f"{sum(values) / len(values):.3f}{spread}")
        table.add_row(contender, *cells, style="bold" if contender == OURS else "")
    coverage = next(iter(scores.values()))[0]
    table.add_row("found", *(f"{coverage[name]['coverage']:.0%}" for name in names), style="dim")
    return table


def limit_table(rows: list[dict[str, Any]], limits: dict[str, Any], cost: dict[str, float]) -> Table:
    """Return what the machine can do beside what our kernel reaches of it."""
    table = Table(title=f"What is left: {limits['processor']}, {limits['cores']} processors")
    for heading in (
        "threads", "multiply-add loop, GFLOP/s", "our kernel, GFLOP/s", "share", "memory copy, GB/s",
        "rows moved by our kernel, GB/s",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for row in (row for row in rows if row["contender"] == OURS):
        threads, speed = row["threads"], row["words_per_second"][0]
        reached, peak = speed * cost["flops"] / 1e9, limits["gflops"][threads]
        table.add_row(
            str(threads), f"{peak:.1f}", f"{reached:.1f}", f"{reached / peak:.0%}",
            f"{limits['copy_gb_per_second'][threads]:.1f}", f"{speed * cost['bytes'] / 1e9:.1f}",
        )  # fmt: skip
    table.caption = (
        f"Per raw word (of which {cost['kept']:.0%} are left by sub-sampling and min_count): "
        f"{cost['flops']:,.0f} floating-point operations, {cost['bytes']:,.0f} bytes of rows read and written, "
        "most of them in the caches."
    )
    return table


WIDTH, LEFT, BAR, GAP, HEADING = 760, 190, 12, 8, 30
COLOURS = ("#9ab8d8", "#2f6db3")


def bar_chart(rows: list[dict[str, Any]], title: str) -> str:
    """Return words per second as an SVG of bars: a part per mode, a group per contender, a bar per thread count."""
    threads = sorted({row["threads"] for row in rows})
    longest = max(row["words_per_second"][0] for row in rows)
    parts = []
    for number, count in enumerate(threads):
        x = LEFT + 120 * number
        colour = COLOURS[number % len(COLOURS)]
        parts += [
            f'<rect x="{x}" y="34" width="12" height="12" fill="{colour}"/>',
            f'<text x="{x + 18}" y="45">{count} thread{"s" if count > 1 else ""}</text>',
        ]
    top = 50
    for mode in dict.fromkeys(row["mode"] for row in rows):
        parts.append(f'<text x="12" y="{top + 20}" font-size="14" font-weight="bold">{escape(mode)}</text>')
        top += HEADING
        of_mode = [row for row in rows if row["mode"] == mode]
        for name in dict.fromkeys(row["contender"] for row in of_mode):
            group = sorted(
                (row for row in of_mode if row["contender"] == name), key=lambda row: row["threads"]
            )
            middle = top + BAR * len(group) / 2 + 4
            weight = ' font-weight="bold"' if name == OURS else ""
            parts.append(
                f'<text x="{LEFT - 10}" y="{middle}" text-anchor="end"{weight}>{escape(name)}</text>'
            )
            for place, row in enumerate(group):
                parts += _bar(
                    row, top + BAR * place, COLOURS[threads.index(row["threads"]) % len(COLOURS)], longest
                )
            top += BAR * len(group) + GAP
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" '
        f'height="{top}" font-family="sans-serif" font-size="12" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>',
        f'<text x="12" y="22" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    return "\n".join([*head, *parts, "</svg>"]) + "\n"


def _bar(row: dict[str, Any], top: int, colour: str, longest: float) -> list[str]:
    """Return a bar and what is written beside it."""
    length = max(1.0, (WIDTH - LEFT - 150) * row["words_per_second"][0] / longest)
    ratio = f" · {row['ratio'][0]:.1f} × gensim" if row["ratio"] and row["contender"] != REFERENCE else ""
    return [
        f'<rect x="{LEFT}" y="{top}" width="{length:.1f}" height="{BAR - 1}" fill="{colour}"/>',
        f'<text x="{LEFT + length + 6:.1f}" y="{top + BAR - 2}" font-size="11">'
        f"{row['words_per_second'][0] / 1e6:.2f} M/s{ratio}</text>",
    ]
