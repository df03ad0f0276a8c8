"""Compiled functions: where their machine code is kept, and that they run where it can't be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core import config

from wordvectors import machine_code
from wordvectors.project import root


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


MODULE = """
from counting.called import step
from wordvectors.machine_code import compiled

@compiled
def counted(number):
    return number + step()
"""
CALLED = "from numba import njit\n\n@njit\ndef step():\n    return {}\n"


def test_machine_code_is_kept_by_the_text_of_the_folder_wherever_it_lies(tmp_path: Path):
    """A copy elsewhere, as in each training job, finds it; a change in a module that the function calls ends it."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}

    def called_in(place: str, step: int) -> tuple[int, int]:
        """Return what the function gives, and how many times it was found compiled."""
        package = tmp_path / place / "counting"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
        (package / "called.py").write_text(CALLED.format(step))
        (package / "module.py").write_text(MODULE)
        script = (
            "from counting.module import counted; print(counted(1), sum(counted.stats.cache_hits.values()))"
        )
        paths = os.pathsep.join([str(package.parent), str(root())])
        ended = subprocess.run(
            [sys.executable, "-c", script], env=environment | {"PYTHONPATH": paths}, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        found, hits = ended.stdout.split()
        return int(found), int(hits)

    assert called_in("first", 1) == (2, 0)
    assert called_in("first", 1) == (2, 1)
    assert called_in("second", 1) == (2, 1)
    assert called_in("first", 5) == (6, 0)
