"""JSON that others have written."""

from __future__ import annotations

import pytest

from wordvectors.cleaning.ending import ending_of
from wordvectors.json_text import parse_json
from wordvectors.lifecycle.messages import explain

BRACKETS = "[" * 100_000


def test_brackets_without_end_are_bad_json():
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_json(BRACKETS)
    assert parse_json("[[1]]") == [[1]]


def test_a_number_of_thousands_of_digits_is_bad_json():
    with pytest.raises(ValueError, match=r"^a number in it has 5,000 digits$"):
        parse_json(f"[-{'9' * 5000}]")


def test_a_cause_of_brackets_is_told_as_it_is():
    assert explain("Stopped", BRACKETS).startswith("Stopped: [[[")


def test_an_execution_whose_input_and_cause_are_brackets_has_an_ending():
    detail = {
        "executionArn": "arn",
        "status": "ABORTED",
        "startDate": 1,
        "input": BRACKETS,
        "cause": BRACKETS,
        "error": None,
    }
    ending = ending_of({"detail-type": "Step Functions Execution Status Change", "detail": detail})
    assert ending is not None
    assert (ending.key, ending.reason[:25]) == ("", "the execution was stopped")
