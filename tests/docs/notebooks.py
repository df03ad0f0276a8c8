"""What tests look at in an example notebook."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat


def texts(cell: nbformat.NotebookNode) -> str:
    """Return all text of a cell's outputs."""
    parts = []
    for output in cell.get("outputs", []):
        parts += [
            output.get("text", ""),
            *output.get("traceback", []),
            output.get("data", {}).get("text/plain", ""),
        ]
    return "\n".join(parts)


def output_below(notebook: nbformat.NotebookNode, source: str) -> str:
    """Return what the first code cell with some text in it put out."""
    return next(texts(cell) for cell in notebook.cells if cell.cell_type == "code" and source in cell.source)


def pictures(notebook: nbformat.NotebookNode) -> int:
    """Return how many pictures the cells put out."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def assert_kept_outputs_are_whole(path: Path) -> None:
    """Fail unless every cell has been executed, in order and without an error, and shows no place of one machine."""
    kept = nbformat.read(path, as_version=4)
    code = [cell for cell in kept.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [cell.source for cell in code if any(o.output_type == "error" for o in cell.outputs)]
    for cell in code:
        assert not re.search(r"/(home|root|tmp|Users|var)/|[A-Z]:\\", texts(cell))
    nbformat.validate(kept)
