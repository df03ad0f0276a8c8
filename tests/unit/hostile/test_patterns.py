"""No regular expression of the product takes more than its share of time and memory, whatever the text only begins.

No seconds are asserted: a text that is four times as long may take some four times as much work, and not sixteen.
"""

from __future__ import annotations

import ast
import importlib
import re
import re._constants as op
import re._parser as parser
import time
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
FOLDERS = ("wordvectors", "lambdas", "local_cloud", "infra", "spark")
LENGTHS = [5, 20, 80, 320, 1280, 5120]
MEASURABLE_SECONDS = 0.002
"""Of this thread's own work; an honest pattern needs them for the longest of these texts, if ever."""
MOST_GROWTH = 9.0
MOST_BYTES_PER_CHARACTER = 8
FEWEST_PATTERNS = 45


def patterns() -> dict[str, re.Pattern]:
    """Return the patterns that modules hold, and those in calls of `re`, without those that repeat nothing."""
    found: dict[str, re.Pattern] = {}
    for path in sorted(path for folder in FOLDERS for path in (PROJECT / folder).rglob("*.py")):
        text, place = path.read_text(), path.relative_to(PROJECT)
        if "re." not in text:
            continue
        found |= {f"{place}:{line}": pattern for line, pattern in _in_calls(ast.parse(text))}
        if "re.compile(" in text:
            name = ".".join(place.with_suffix("").parts).removesuffix(".__init__")
            found |= {f"{name}.{known}": one for known, one in _held(vars(importlib.import_module(name)))}
    once = {(one.pattern, one.flags): name for name, one in found.items() if re.search(r"[*+{]", _text(one))}
    return {name: found[name] for name in once.values()}


def _in_calls(tree: ast.AST) -> Iterator[tuple[int, re.Pattern]]:
    for call in ast.walk(tree):
        match call:
            case ast.Call(
                func=ast.Attribute(value=ast.Name("re")), args=[ast.Constant(str() | bytes() as text), *_]
            ):
                flags = sum(
                    int(getattr(re, flag)) for flag in re.findall(r"\bre\.([A-Z]+)\b", ast.unparse(call))
                )
                yield call.lineno, re.compile(text, flags)


def _held(values: dict[str, object]) -> Iterator[tuple[str, re.Pattern]]:
    for name, value in values.items():
        inner = vars(value) if type(value).__name__ == "_Patterns" else value
        if isinstance(value, re.Pattern):
            yield name, value
        elif isinstance(inner, dict) and not name.startswith("__"):
            yield from ((f"{name}.{key}", one) for key, one in inner.items() if isinstance(one, re.Pattern))


def _text(pattern: re.Pattern) -> str:
    return pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")


def units(pattern: re.Pattern) -> list[tuple[str, str]]:
    """Return what a text may begin with and repeat: each literal, a character of each class, and some together."""
    found: dict[str, None] = {}
    _gather(parser.parse(_text(pattern), pattern.flags & ~re.UNICODE), found)
    single = list(found)[:6]
    repeated = [*single, *("".join(pair) for pair in product(single, repeat=2)), "".join(single)]
    return [*(("x", unit) for unit in repeated), *product(single, repeat=2)]


def _gather(parsed: object, found: dict[str, None]) -> None:
    literal = ""
    for code, value in parsed:
        if code is op.LITERAL:
            literal += chr(value)
            continue
        if literal:
            found[literal] = None
        literal = ""
        if code in (op.IN, op.NOT_LITERAL, op.ANY):
            found[_sample(code, value)] = None
        for inner in _inside(value):
            _gather(inner, found)
    if literal:
        found[literal] = None


def _inside(value: object) -> Iterator[parser.SubPattern]:
    if isinstance(value, parser.SubPattern):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _inside(one)


def _sample(code: object, value: object) -> str:
    if code is not op.IN or value[0][0] is op.NEGATE:
        return "y"
    kind, what = value[0]
    if kind is op.CATEGORY:
        return {op.CATEGORY_SPACE: " ", op.CATEGORY_WORD: "w", op.CATEGORY_DIGIT: "7"}.get(what, "-")
    return chr(what if kind is op.LITERAL else what[0])


def searched(pattern: re.Pattern, text: str) -> float:
    """Search a text for all that there is, and take it as a whole; return the seconds of work."""
    given = text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")
    begun = time.thread_time()
    for _ in pattern.finditer(given):
        pass
    pattern.fullmatch(given)
    return time.thread_time() - begun


def faults(pattern: re.Pattern, begin: str, unit: str) -> str:
    """Return what of a pattern grows faster than a text that begins so and repeats a unit; nothing if nothing does."""
    texts = [f"{begin}{unit * max(length // len(unit), 1)}\0" for length in LENGTHS]
    for shorter, longer in pairwise(texts):
        if searched(pattern, longer) > MEASURABLE_SECONDS:
            most, least = (min(searched(pattern, text) for _ in range(3)) for text in (longer, shorter))
            if most > MEASURABLE_SECONDS and most > MOST_GROWTH * least:
                return f"{begin!r} and {unit!r} again and again: {least:.2g} s, and {most:.2g} s for four times as much"
    tracemalloc.start()
    try:
        searched(pattern, texts[-1])
        used = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if used > MOST_BYTES_PER_CHARACTER * LENGTHS[-1] + len(texts[-1]):
        return f"{begin!r} and {unit!r} again and again: {used:,} bytes for {LENGTHS[-1]:,} characters"
    return ""


ALL = patterns()


def test_all_patterns_are_found():
    assert len(ALL) > FEWEST_PATTERNS
    assert {"wordvectors.cleaning.clean._SECTIONS", "wordvectors.characters._ALL.no_word"} <= set(ALL)


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_pattern_takes_no_more_than_the_text_is_long(name: str):
    pattern = ALL[name]
    found = [fault for begin, unit in units(pattern) if (fault := faults(pattern, begin, unit))]
    assert not found, pattern.pattern


ONE_CHARACTER = frozenset({op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY})


def possessive(parsed: parser.SubPattern) -> Iterator[parser.SubPattern]:
    """Yield what a pattern repeats possessively (`(?:...)*+`), but for single characters."""
    for code, value in parsed:
        if code is op.POSSESSIVE_REPEAT and not (len(value[2]) == 1 and value[2][0][0] in ONE_CHARACTER):
            yield value[2]
        for inner in _inside(value):
            yield from possessive(inner)


def fails_only_where_it_begins(repeated: parser.SubPattern) -> bool:
    """Whether it ends with the choice of nothing, or consists of characters, and then of what may be nothing."""
    items = list(repeated)
    if len(items) == 1 and items[0][0] is op.BRANCH:
        return not items[0][1][1][-1]
    while items and items[0][0] in ONE_CHARACTER:
        items.pop(0)
    return all(code is op.POSSESSIVE_REPEAT and value[0] == 0 for code, value in items)


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_pattern_does_the_same_before_python_3_11_5(name: str):
    """Earlier ones go on from where a group that is repeated possessively failed halfway (CPython's gh-106052)."""
    parsed = parser.parse(_text(ALL[name]), ALL[name].flags & ~re.UNICODE)
    assert all(map(fails_only_where_it_begins, possessive(parsed)))


@pytest.mark.parametrize("pattern", ["(?:ab?c)*+", "(?:a|b(?!c))*+", "(?:-[a-z]++)*+", "x|(?:y(?:ab?c)*+)?"])
def test_a_pattern_that_does_not_is_found(pattern: str):
    assert not all(map(fails_only_where_it_begins, possessive(parser.parse(pattern))))


@pytest.mark.parametrize(
    ("pattern", "begin", "unit"),
    [(r"\s*#\w+\s*\[\[", "x", " "), (r"(?:a+)+b", "x", "a"), (r"<!--(?:(?!<!--).)*?-->", "<!--", "x")],
)
def test_a_pattern_that_takes_more_is_found(pattern: str, begin: str, unit: str):
    assert faults(re.compile(pattern), begin, unit)
