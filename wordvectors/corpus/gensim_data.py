"""The small data files that gensim's wheel carries for its own tests."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

FUNCTION_LAYER = Path("/opt/gensim_data")
"""Where the functions' layer puts those that they need: gensim itself is too large for them."""


def gensim_data(name: str) -> Path:
    """Return the path of one of these files, without importing gensim (which takes seconds).

    Raises
    ------
    FileNotFoundError
        If gensim is not installed, or does not bring the file.
    """
    if (FUNCTION_LAYER / name).is_file():
        return FUNCTION_LAYER / name
    spec = find_spec("gensim")
    path = Path(spec.origin if spec and spec.origin else "gensim").parent / "test" / "test_data" / name
    if not path.is_file():
        raise FileNotFoundError(f"{name} comes with gensim 4.4; install it: pip install gensim==4.4.0")
    return path
