"""Where a corpus comes from: its recipe and what was counted when it was made, in a file beside it.

`NAME.recipe.json` stands beside `NAME.txt`, and tells by the corpus's hash whether it is still about it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvectors.cleaning.recipe import CleaningRecipe
from wordvectors.files import written_whole
from wordvectors.json_text import parse_json

if TYPE_CHECKING:
    from wordvectors.cleaning.job import Cleaned

SUFFIX = ".recipe.json"


def origin_path(corpus: Path) -> Path:
    """Return the path of the file beside a corpus."""
    return corpus.with_name(corpus.name.removesuffix(".txt") + SUFFIX)


def write_origin(corpus: Path, recipe: CleaningRecipe, cleaned: Cleaned) -> dict[str, Any]:
    """Write beside a corpus where it comes from, and return it; what is no UTF-8 in a file's name becomes "?"."""
    origin = {
        "corpus": corpus.name,
        "bytes": corpus.stat().st_size,
        "sha256": _hash(corpus),
        "recipe": parse_json(recipe.to_json()),
        "sentences": cleaned.sentences,
        "counts": asdict(cleaned.counts),
    }
    text = json.dumps(origin, indent=2, ensure_ascii=False).encode("utf-8", "replace")
    with written_whole(origin_path(corpus)) as file:
        file.write(text + b"\n")
    return parse_json(text)


def recipe_of(corpus: Path) -> CleaningRecipe | None:
    """Return the recipe that a corpus was made by; None if there is none, or the corpus was changed since."""
    try:
        origin = parse_json(origin_path(corpus).read_bytes())
        if origin["bytes"] != corpus.stat().st_size or origin["sha256"] != _hash(corpus):
            return None
        return CleaningRecipe.model_validate(origin["recipe"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
