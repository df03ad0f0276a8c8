"""A cleaning on AWS: which documents become which corpus, by which recipe, and where its things lie.

Documents are uploaded under `raw/NAME/`; the object `raw/NAME/_READY`, uploaded last, says that they are all
there, and starts their cleaning. It is empty, or it is the order: JSON, each key optional.
"""

from __future__ import annotations

import codecs
import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from wordvectors.cleaning.documents import check_encoding
from wordvectors.cleaning.recipe import CleaningRecipe, InvalidRecipe, read_recipe, value_fault
from wordvectors.json_text import FaultyJson, no_object, read_object
from wordvectors.lifecycle.keys import (
    CORPORA,
    CORPUS_SUFFIX,
    FINGERPRINT_DIGITS,
    MAX_JOB_NAME,
    is_corpus_key,
    slug,
)

RAW, CLEANING, PARTS = "raw/", "cleaning/", "cleaning-parts/"
READY = "_READY"
FORMATS = ("text", "lines", "jsonl", "csv", "file", "blogs", "wikipedia")
"""Those of `wordvectors.cleaning.readers.formats`, which needs packages that the functions do not have."""
GLUE_VERSION = "5.0"
WorkerType = Literal["G.1X", "G.2X", "G.4X", "G.8X"]
DPU: dict[WorkerType, int] = {"G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8}
"""Data processing units of a worker of AWS Glue; one is 4 vCPUs and 16 GB."""


MOST_WORKERS = 299
"""What AWS Glue takes."""
LEAST_MINUTES = 5
"""A cleaning that may not take as long as this is not worth starting: Glue's own start takes a minute."""


def no_documents(uri: str) -> str:
    """Say that there is nothing to clean under the URI of a folder."""
    return f"there are no documents under {uri}"


class CleaningLimits(BaseModel):
    """What a cleaning may use: the deployment's settings."""

    model_config = ConfigDict(frozen=True)

    worker_type: WorkerType
    workers: int
    max_workers: int
    timeout_minutes: int
    max_dpu_hours: float

    def minutes(self, workers: int) -> int:
        """Return how long a cleaning by so many workers may take, so that it is never billed more than allowed."""
        affordable = self.max_dpu_hours * 60 / (workers * DPU[self.worker_type])
        return min(self.timeout_minutes, int(affordable))


class InvalidOrder(ValueError):
    """An order that can't be carried out; `faults` has a sentence for each fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class CleaningOrder(BaseModel):
    """How to clean.

    Attributes
    ----------
    recipe : CleaningRecipe
        What is left out of it is taken from the deployment's.
    format, column, encoding
        How to read the documents (`wordvectors.cleaning.documents.Reading`).
    most_bad : float
        Share of documents that may be bad; with more of them the cleaning fails.
    workers : int or None
        How many, within the deployment's bounds; None is the deployment's number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: CleaningRecipe = CleaningRecipe()
    format: str | None = None
    column: Annotated[str, Field(min_length=1)] = "text"
    encoding: str = "utf-8"
    most_bad: Annotated[float, Field(ge=0, le=1)] = 0.01
    workers: Annotated[int, Field(ge=2, le=MOST_WORKERS)] | None = None

    @field_validator("format")
    @classmethod
    def _is_known(cls, name: str | None) -> str | None:
        if name is not None and name not in FORMATS:
            raise ValueError(f"known are {', '.join(FORMATS)}")
        return name

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, name: str) -> str:
        check_encoding(name)
        return name


def parse_order(text: bytes, default_recipe: dict[str, Any]) -> CleaningOrder:
    """Read the marker's content.

    Parameters
    ----------
    default_recipe
        The deployment's settings of a recipe; those of the order win.

    Raises
    ------
    InvalidOrder
        With every fault.
    """
    try:
        given = read_object(text, READY) if text.removeprefix(codecs.BOM_UTF8).strip() else {}
    except FaultyJson as unread:
        raise InvalidOrder([str(unread)]) from None
    if not isinstance(settings := given.get("recipe", {}), dict):
        raise InvalidOrder([no_object(f"the recipe in {READY}", settings)])
    faults: list[str] = []
    recipe = CleaningRecipe()
    try:
        recipe = read_recipe({**default_recipe, **settings})
    except InvalidRecipe as invalid:
        faults += [f"recipe: {fault}" for fault in invalid.faults]
    try:
        order = CleaningOrder.model_validate({**given, "recipe": recipe})
    except ValidationError as invalid_order:
        faults += [_sentence(fault) for fault in invalid_order.errors()]
    if faults:
        raise InvalidOrder(faults)
    return order


def _sentence(fault: ErrorDetails) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{name} is not a key of an order; known are {', '.join(CleaningOrder.model_fields)}"
    return value_fault(name, fault)


def marked_name(key: str) -> str | None:
    """Return NAME of a marker `raw/NAME/_READY`, or None if the key is none that can become a corpus.

    Examples
    --------
    >>> marked_name("raw/blogs/2004/_READY"), marked_name("raw/_READY")
    ('blogs/2004', None)
    """
    if not (key.startswith(RAW) and key.endswith(f"/{READY}")):
        return None
    name = key[len(RAW) : -len(READY) - 1]
    return name if is_corpus_key(corpus_key(name)) else None


def corpus_key(name: str) -> str:
    """Return the key of the corpus that a cleaning makes: `corpora/NAME.txt`."""
    return f"{CORPORA}{name}{CORPUS_SUFFIX}"


def cleaning_id(key: str, sequencer: str) -> str:
    """Return the name of the cleaning that an upload of a marker starts: `SLUG-FINGERPRINT12`.

    Parameters
    ----------
    sequencer
        S3's, of the event: another for each upload, the same when an event is delivered twice.

    Examples
    --------
    >>> cleaning_id("raw/My blogs/_READY", "0055AED6DCD90281E5")
    'my-blogs-6350490583ce'
    """
    digest = hashlib.sha256(json.dumps([key, sequencer]).encode()).hexdigest()[:FINGERPRINT_DIGITS]
    name = slug(key.removeprefix(RAW).removesuffix(f"/{READY}"))[: MAX_JOB_NAME - FINGERPRINT_DIGITS - 1]
    return "-".join(part for part in (name.strip("-"), digest) if part)


def cleaning_key(cleaning: str, name: str) -> str:
    """Return the key of a file about a cleaning: `cleaning/ID/order.json` or `cleaning/ID/report.json`."""
    return f"{CLEANING}{cleaning}/{name}"
