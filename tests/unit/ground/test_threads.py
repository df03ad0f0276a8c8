"""Results come in order, from threads, and no more of them at once than is needed."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from wordvectors import threads
from wordvectors.threads import mapped_in_order, shared_in_order


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


@pytest.mark.parametrize("helpers", [1, 3])
def test_the_caller_shares_the_work_and_the_order_stays(helpers):
    workers = set()

    def note(item: int) -> int:
        workers.add(threading.current_thread())
        time.sleep(0.002 * (item % 3))
        return item * item

    with ThreadPoolExecutor(helpers) as pool:
        assert list(shared_in_order(pool, note, range(60), helpers)) == [item * item for item in range(60)]
    assert threading.main_thread() in workers
    assert len(workers) == helpers + 1


@pytest.mark.parametrize("weight", [1, 3])
def test_while_a_helper_hangs_only_so_many_results_are_made_ahead(monkeypatch, weight):
    monkeypatch.setattr(threads, "RESULTS_AHEAD", 5)
    go_on, taken = threading.Event(), []

    def hang(item: int) -> int:
        if item == 0:
            threading.Timer(0.3, go_on.set).start()
            go_on.wait()
        return item

    def items():
        for item in range(50):
            taken.append((item, go_on.is_set()))
            yield item

    with ThreadPoolExecutor(1) as pool:
        assert list(shared_in_order(pool, hang, items(), 1, lambda item: weight)) == list(range(50))
    assert sum(not gone_on for _, gone_on in taken) <= 1 + 5 // weight


def test_an_error_of_the_caller_itself_is_raised_at_its_place():
    def fail(item: int) -> int:
        if threading.current_thread() is threading.main_thread():
            raise ValueError(str(item))
        time.sleep(0.05)
        return item

    with ThreadPoolExecutor(1) as pool:
        results = shared_in_order(pool, fail, range(9), 1)
        assert [next(results), next(results)] == [0, 1]
        with pytest.raises(ValueError, match="2"):
            next(results)
