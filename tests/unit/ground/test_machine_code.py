"""Compiled functions where nothing can be kept on disk."""

from __future__ import annotations

import pytest
from numba.core import config

from wordvectors import machine_code


def test_a_function_is_compiled_even_where_its_code_cannot_be_kept(monkeypatch: pytest.MonkeyPatch):
    compile_function = machine_code.njit

    def nowhere_to_write(**options: bool):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return compile_function(**options)

    monkeypatch.setattr(machine_code, "njit", nowhere_to_write)
    doubled = machine_code.compiled(lambda number: 2 * number)
    assert doubled(21) == 42
    assert doubled.targetoptions["nogil"]


def test_numbas_switch_for_debugging_leaves_our_functions_compiled(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(config, "DISABLE_JIT", 1)
    doubled = machine_code.compiled(lambda number: 2 * number)
    assert (doubled(21), len(doubled.nopython_signatures)) == (42, 1)
    assert config.DISABLE_JIT == 1
