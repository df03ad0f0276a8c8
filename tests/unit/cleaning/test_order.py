"""The order of a cleaning: names, faults, bounds."""

from __future__ import annotations

import json

import pytest

from wordvectors.cleaning.order import (
    FORMATS,
    CleaningLimits,
    InvalidOrder,
    cleaning_id,
    corpus_key,
    marked_name,
    parse_order,
)
from wordvectors.cleaning.readers import formats
from wordvectors.lifecycle.keys import is_corpus_key


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("raw/blogs/_READY", "blogs"),
        ("raw/blogs/2004/_READY", "blogs/2004"),
        ("raw/_READY", None),
        ("raw//_READY", None),
        ("raw/../models/_READY", None),
        ("raw/blogs/part.txt", None),
        ("corpora/blogs/_READY", None),
    ],
)
def test_a_marker_names_a_corpus_that_may_be(key, name):
    assert marked_name(key) == name
    assert name is None or is_corpus_key(corpus_key(name))


def test_the_formats_are_the_readers():
    assert tuple(formats.FORMATS) == FORMATS


@pytest.mark.parametrize("empty", [b"", b"\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b"{}"])
def test_an_empty_marker_is_the_deployments_order(empty):
    order = parse_order(empty, {"lower": False})

    assert order.recipe.lower is False
    assert (order.column, order.workers) == ("text", None)


def test_the_orders_recipe_wins_setting_by_setting():
    order = parse_order(b'{"recipe": {"min_tokens": 5}}', {"lower": False, "min_tokens": 2})

    assert (order.recipe.lower, order.recipe.min_tokens) == (False, 5)


def test_all_faults_are_said_at_once():
    text = b'{"recipe": {"lowr": 1, "phrases": true}, "workers": 1, "colum": "a", "format": "pdf", "encoding": "x"}'
    with pytest.raises(InvalidOrder) as invalid:
        parse_order(text, {})

    said = "\n".join(invalid.value.faults)
    for fault in (
        "lowr is no setting",
        "workers is 1",
        "colum is not a key",
        "known are text",
        "no encoding",
    ):
        assert fault in said


@pytest.mark.parametrize(
    "name", ["klingon", "hex", "rot13", "base64", "punycode", "idna", "undefined", "a\0b", ""]
)
def test_what_is_no_encoding_of_files_is_refused(name):
    with pytest.raises(InvalidOrder, match=r"encoding is .*for instance cp1252"):
        parse_order(json.dumps({"encoding": name}).encode(), {})
    assert parse_order(b'{"encoding": "UTF-16-LE"}', {}).encoding == "UTF-16-LE"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "_READY is not JSON"),
        (b"[]", "_READY is a list; it must be a JSON object"),
        (b'{"recipe": 1}', "the recipe in _READY is a number; it must be a JSON object"),
        (b"\xff", "_READY is not UTF-8"),
        ("{}".encode("utf-16"), "_READY is not UTF-8"),
        (b'{"recipe": {"lower": true, "lower": false}}', "_READY names lower more than once"),
        (b'{"workers": ' + b"9" * 5000 + b"}", "a number in it has 5,000 digits"),
    ],
)
def test_what_is_no_order_is_refused(text, said):
    with pytest.raises(InvalidOrder, match=said):
        parse_order(text, {})


def test_a_fault_is_a_plain_sentence():
    with pytest.raises(InvalidOrder) as invalid:
        parse_order(b'{"recipe": {"lower": "abc"}, "encoding": "x", "most_bad": NaN, "workers": true}', {})

    assert invalid.value.faults == [
        "recipe: lower is 'abc': it should be true or false",
        "encoding is 'x': Python knows no encoding of text by this name; for instance cp1252",
        "most_bad is not a finite number: it should be less than or equal to 1",
        "workers is true: it should be greater than or equal to 2",
    ]


def test_a_repeated_event_is_the_same_cleaning_and_another_upload_is_not():
    first = cleaning_id("raw/My blogs/_READY", "A1")

    assert first == cleaning_id("raw/My blogs/_READY", "A1")
    assert first != cleaning_id("raw/My blogs/_READY", "A2")
    assert first.startswith("my-blogs-")


def test_more_workers_get_less_time():
    limits = CleaningLimits(
        worker_type="G.2X", workers=4, max_workers=20, timeout_minutes=480, max_dpu_hours=50
    )

    assert limits.minutes(2) == 480
    assert limits.minutes(20) == 75
