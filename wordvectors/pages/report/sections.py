"""The page's sections, each of one part of the contents; HTML that reads well without the script, too."""

from __future__ import annotations

from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.pages.report.charts import line_chart
from wordvectors.pages.report.contents import Contents, Score
from wordvectors.pages.report.figures import (
    duration,
    millions,
    moment,
    plain_value,
    rho,
    seconds,
    signed,
    size,
)
from wordvectors.pages.report.markup import facts, json_within_script, section, table, text
from wordvectors.pages.report.word_map import perplexity
from wordvectors.pages.report.words import Probe
from wordvectors.runs.cost import cost_text, short_cost
from wordvectors.runs.plan import TrainingPlan
from wordvectors.runs.run import Run

_NO_SCORE = '<span class="none">no score</span>'


def headline(contents: Contents) -> str:
    """Return the run's name and its most important figures."""
    run = contents.run
    training, speed = run.training, run.progress.words_per_second
    figures = (
        ("mean_rho", rho(run.mean_rho) if run.mean_rho is not None else "no score"),
        ("Vocabulary", f"{training.vocabulary:,} words" if training.vocabulary else ""),
        ("Speed", f"{millions(speed)} words/s" if speed else ""),
        ("Training", seconds(training.training_seconds)),
        ("Cost", short_cost(run.cost)),
    )
    shown = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in figures if value
    )
    return (
        f'<header><p class="kind">Word vectors of the corpus</p><h1>{text(run.corpus.name or "")}</h1>'
        f'<p class="run"><code>{text(run.run_id)}</code> <span>{text(moment(run.created_at))}</span></p>'
        f'<dl class="figures">{shown}</dl></header>\n'
    )


def score_section(contents: Contents) -> str:
    """Return the scores, with those of the runs beside this one."""
    if not contents.scores:
        note = contents.run.evaluation.note or "there are no scores"
        return section("scores", "Scores", f"<p>No scores: {text(note)}.</p>")
    headings = [
        "Evaluation set", "Score", "Found",
        _beside("Best other run", contents.best), _beside("Previous run", contents.previous),
    ]  # fmt: skip
    rows = [
        [
            f"<strong>{text(score.name)}</strong>"
            if score.name == MEAN_RHO
            else f"{text(score.name)} <small>{text(score.measure)}</small>",
            f'<strong class="rho">{text(rho(score.value))}</strong>'
            if score.value is not None
            else _NO_SCORE,
            _coverage(score),
            _other(score.value, score.best),
            _other(score.value, score.previous),
        ]
        for score in contents.scores
    ]
    return section(
        "scores",
        "Scores",
        table(headings, rows, caption="Scores per evaluation set, beside other runs", kind="scores"),
        note="Spearman’s rho is the rank correlation between people’s judgement and the model’s cosines; accuracy "
        "is the share of analogies answered right. A pair or question with a word that the model lacks counts "
        "for nothing, so look at the share that was found. The small figures say how far "
        "this run is above or below the other.",
    )


def map_section(contents: Contents) -> str:
    """Return the map of words: a place for the script to draw in, its data, and the table behind it."""
    count = len(contents.words)
    data = [
        [
            word.word,
            round(word.x, 4),
            round(word.y, 4),
            [[near, round(cosine, 3)] for near, cosine in word.neighbours],
        ]
        for word in contents.words
    ]
    rows = [
        [text(word.word), str(rank), f"{word.x:.2f}", f"{word.y:.2f}",
         ", ".join(f"{text(near)} {cosine:.2f}" for near, cosine in word.neighbours)]
        for rank, word in enumerate(contents.words, start=1)
    ]  # fmt: skip
    behind = table(
        ("Word", "Rank", "x", "y", "Nearest neighbours, with their cosine"),
        rows,
        caption=f"The {count} most frequent words with their places on the map",
        kind="behind",
    )
    return section(
        "map-section",
        "Map of words",
        _MAP.replace("COUNT", str(count)),
        f"<details><summary>The map as a table</summary>{behind}</details>",
        f'<script type="application/json" id="map-data">{json_within_script(data)}</script>',
        note=f"The {count} most frequent words, laid out by t‑SNE (perplexity "
        f"{perplexity(count):.3g}, PCA start): words with like "
        "vectors stand near each other; distances between groups mean nothing. Point at a word for its ten "
        f"nearest neighbours among {_looked_in(contents)}, and click to pin them. "
        '<span class="keys">By keyboard: <kbd>Tab</kbd> into the map, arrows to go from word to word, '
        "<kbd>Enter</kbd> pins, <kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd> zoom, <kbd>Esc</kbd> lets go.</span>",
    )


_MAP = """<div class="map-tools">
<label for="search">Find a word</label>
<input type="search" id="search" autocomplete="off" spellcheck="false" aria-describedby="found">
<span id="found" role="status"></span>
<span class="buttons"><button type="button" id="zoom-in" aria-label="Zoom in">+</button>
<button type="button" id="zoom-out" aria-label="Zoom out">−</button>
<button type="button" id="zoom-reset">Whole map</button></span>
</div>
<div class="map-frame">
<svg id="map" tabindex="0" role="application" aria-label="Map of COUNT words; arrow keys go from word to word"
 aria-describedby="map-section-title"></svg>
<aside id="cards" aria-label="Nearest neighbours"><p class="hint">The map is drawn by a
script. Without one, the table below has all of it.</p></aside>
</div>
<p id="said" class="unseen" aria-live="polite"></p>
"""


def probe_section(contents: Contents) -> str:
    """Return the neighbours of the probe words."""
    cards = "".join(_probe_card(probe) for probe in contents.probes)
    return section(
        "probes",
        "Neighbours of probe words",
        f'<div class="probes">{cards}</div>',
        note="Name your own in the plan, as <code>evaluation.probe_words</code>.",
    )


def pair_section(contents: Contents) -> str:
    """Return the pairs that the model gets most wrong."""
    wrong = contents.wrong
    if not wrong.pairs:
        return section(
            "pairs", "Pairs it gets most wrong",
            f"<p>None of the {wrong.total} pairs of WordSim-353 has both of its words in the model.</p>",
        )  # fmt: skip
    rows = [
        [
            f"{text(pair.first)} – {text(pair.second)}",
            f'<span class="{"over" if pair.difference > 0 else "under"}">{signed(pair.difference)} '
            f"{'too alike' if pair.difference > 0 else 'too unlike'}</span>",
            f"{pair.human:.2f}",
            rho(pair.cosine, 3),
            f"{pair.human_rank:g}",
            f"{pair.model_rank:g}",
        ]
        for pair in wrong.pairs
    ]
    headings = ("Pair", "Difference", "People, 0 to 10", "Cosine", "Rank by people", "Rank by the model")
    return section(
        "pairs",
        "Pairs it gets most wrong",
        table(headings, rows, caption="Pairs with the largest differences between their ranks", kind="pairs"),
        note=f"Of the {wrong.found} of {wrong.total} pairs of WordSim-353 that are among "
        f"{_looked_in(contents)}; rank 1 is the pair that is least alike.",
    )


def curve_section(contents: Contents) -> str:
    """Return the course of the training."""
    points = contents.curve
    if len(points) < 2 or points[-1].seconds <= 0:
        return section("training", "Training", "<p>The log has too few progress lines to draw a curve.</p>")
    first, last = points[0], points[-1]
    alpha = line_chart(
        [(point.seconds, point.alpha) for point in points],
        title="Learning rate (alpha)",
        of_y=lambda value: f"{value:g}",
        summary=f"The learning rate goes from {first.alpha:g} to {last.alpha:g} in {duration(last.seconds)}",
    )
    speed = line_chart(
        [(point.seconds, point.words_per_second) for point in points],
        title="Words per second, so far",
        of_y=lambda value: millions(value) if value else "0",
        summary=f"{millions(last.words_per_second)} words per second after {duration(last.seconds)}",
    )
    return section("training", "Training", f'<div class="charts">{alpha}{speed}</div>')


def fact_section(contents: Contents) -> str:
    """Return hyperparameters, corpus, machines, time and cost."""
    run = contents.run
    plan, training, corpus = run.plan or TrainingPlan(), run.training, run.corpus
    hyperparameters = sorted(plan.hyperparameters.model_dump(mode="json").items())
    resources = plan.resources
    instances = f"{resources.instance_count} × {resources.instance_type}"
    billed = training.billed_instance_seconds
    time_and_cost = facts([
        ("Run created", moment(run.created_at)),
        ("Training started", moment(training.started_at)),
        ("Training ended", moment(training.ended_at)),
        ("Training alone", seconds(training.training_seconds)),
        ("Whole job", seconds(training.job_seconds)),
        ("Instances", instances + (", spot" if resources.spot else "")),
        ("Billed", f"{billed:,} instance-seconds" if billed is not None else ""),
        ("Cost", cost_text(run.cost)),
    ])  # fmt: skip
    corpus_facts = facts([
        ("Uploaded as", f"s3://{corpus.bucket}/{corpus.key}"),
        ("Size", size(corpus.bytes)),
        *_counts(contents),
        ("Warnings", "; ".join(run.warnings)),
    ])  # fmt: skip
    return (
        '<div class="columns">'
        + section("time", "Time and cost", time_and_cost)
        + section("corpus", "Corpus", corpus_facts)
        + section(
            "plan", "Hyperparameters", facts((name, plain_value(value)) for name, value in hyperparameters)
        )
        + (section("tags", "Tags", facts(sorted(plan.tags.items()))) if plan.tags else "")
        + "</div>"
    )


def _looked_in(contents: Contents) -> str:
    vocabulary = contents.run.training.vocabulary
    whole = vocabulary is not None and contents.kept_words >= vocabulary
    return (
        f"{'all' if whole else 'the'} {contents.kept_words:,} {'words' if whole else 'most frequent words'}"
    )


def _counts(contents: Contents) -> list[tuple[str, str]]:
    count, training = contents.corpus, contents.run.training
    vocabulary = f"{training.vocabulary:,} words" if training.vocabulary else ""
    if count is None:
        return [("Vocabulary", vocabulary), ("Lines, tokens", "unknown: the corpus was replaced since")]
    about = "" if count.is_exact else "about "
    beginning = "" if count.is_exact else f" of its first {size(count.counted_bytes)}"
    return [
        ("Lines", f"{about}{count.lines:,}"),
        ("Tokens", f"{about}{count.tokens:,}"),
        ("Vocabulary", vocabulary),
        *(
            (
                f"At min_count {at.min_count}",
                f"{at.words:,} words{beginning}, {at.cut_share:.1%} of the tokens cut",
            )
            for at in count.vocabulary
        ),
    ]


def _beside(title: str, run: Run | None) -> str:
    if run is None:
        return f'{title}<br><span class="none">there is none</span>'
    return f"{title}<br><code>{text(run.run_id)}</code>"


def _coverage(score: Score) -> str:
    if not score.total:
        return ""
    share = (score.found or 0) / score.total
    return (
        f'{score.found} of {score.total} <span class="share">{share:.0%}</span>'
        f'<progress max="{score.total}" value="{score.found}" aria-hidden="true"></progress>'
    )


def _other(own: float | None, other: float | None) -> str:
    if other is None:
        return '<span class="none">–</span>'
    if own is None:
        return rho(other)
    difference = own - other
    kind = "up" if difference > 0 else "down" if difference < 0 else "same"
    return f'{rho(other)} <span class="{kind}">{signed(difference, 4)}</span>'


def _probe_card(probe: Probe) -> str:
    if not probe.neighbours:
        alike = f" Spelled alike: {text(', '.join(probe.alike))}." if probe.alike else ""
        return f'<div class="probe"><h3>{text(probe.word)}</h3><p>Not in the vocabulary.{alike}</p></div>'
    rows = "".join(
        f'<li><span>{text(near)}</span> <span class="cosine">{cosine:.3f}</span></li>'
        for near, cosine in probe.neighbours
    )
    return f'<div class="probe"><h3>{text(probe.word)}</h3><ol>{rows}</ol></div>'
