"""A part of the matrix: the cells that patterns choose."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tests.faults.cells import Cell
from tests.faults.rows import Row, Variant

Matrix = Callable[[dict, Callable[[Row, Variant], bool]], list[Cell]]


def chosen(patterns: Sequence[str], recorded: dict, matrix: Matrix) -> list[Cell]:
    """Return the cells whose `CALLER ACTION NTH VARIANT` begins as one of the patterns says, and repeated events.

    The name of a call that is a scenario's own ends in that scenario's.

    Raises
    ------
    LookupError
        When a pattern chooses none: its call is no longer made, or was never recorded.
    """
    idle = set(patterns)

    def wanted(row: Row, variant: Variant) -> bool:
        name = f"{row.caller} {row.action} {row.nth} {variant.name}{f', {row.scenario.name}' * row.is_own}"
        found = {pattern for pattern in patterns if re.match(pattern, name)}
        idle.difference_update(found)
        return bool(found)

    cells = matrix(recorded, wanted)
    if idle:
        raise LookupError(f"these patterns choose no cell of the matrix: {'; '.join(sorted(idle))}")
    return cells
