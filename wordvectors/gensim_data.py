"""The small data files that gensim's wheel carries for its own tests."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

FOLDER = ("test", "test_data")
"""Where in the package they lie."""


def gensim_data(name: str) -> Path:
    """Return the path of one of these files, without importing gensim (which takes seconds).

    In a Lambda function there is no gensim, but a layer may hold the file in the same place.

    Raises
    ------
    FileNotFoundError
        If gensim is not installed, or does not bring the file.
    """
    spec = find_spec("gensim")
    folder = next(iter((spec and spec.submodule_search_locations) or ("gensim",)))
    path = Path(folder, *FOLDER, name)
    if not path.is_file():
        raise FileNotFoundError(f"{name} comes with gensim 4.4; install it: pip install gensim==4.4.0")
    return path
