"""Results come in order, from threads, and no more of them at once than is needed."""

from __future__ import annotations

import threading
import time

import pytest

from wordvectors.threads import mapped_in_order


def test_results_come_in_the_order_of_the_items():
    def late(item: int) -> int:
        time.sleep(0.02 if item % 3 == 0 else 0)
        return item * item

    assert list(mapped_in_order(late, range(20), threads=3)) == [item * item for item in range(20)]


def test_items_are_taken_as_they_are_needed_in_the_callers_thread():
    taken: list[int] = []

    def items():
        for item in range(100):
            assert threading.current_thread() is threading.main_thread()
            taken.append(item)
            yield item

    results = mapped_in_order(lambda item: item, items(), threads=2)
    for _ in range(5):
        next(results)
    assert len(taken) <= 8


def test_an_error_is_raised_at_its_place():
    def fail(item: int) -> int:
        if item == 3:
            raise ValueError("three")
        return item

    results = mapped_in_order(fail, range(9), threads=2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)
