"""The user's own folder: the local cloud's state, and a cache of vectors."""

from __future__ import annotations

import os
from pathlib import Path


def wordvectors_home() -> Path:
    """Return the folder that holds the local cloud's state and the caches: WORDVECTORS_HOME or ~/.wordvectors."""
    return Path(os.environ.get("WORDVECTORS_HOME") or "~/.wordvectors").expanduser()


def connection_file(home: Path) -> Path:
    """Return the file in which the local cloud of a home says how it is reached."""
    return home / "local" / "connection.json"


def cache() -> Path:
    """Return the cache folder; whatever is in it can be made again."""
    return wordvectors_home() / "cache"
