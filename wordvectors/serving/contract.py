"""What is asked, what is answered, and how much at a time: the API's OpenAPI page is made of these models."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wordvectors.lifecycle.keys import LATEST, MAX_KEY
from wordvectors.vectors.unknown_words import Origin

MOST_WORDS, MOST_VECTORS, MOST_PAIRS, MOST_NEIGHBOURS = 64, 100, 256, 100
LONGEST_WORD = 200
MOST_BYTES = 256 * 1024
"""Of a request's body; a function's URL takes up to 6 MB, and answers with as much."""

PROBLEM = "application/problem+json"
"""Problem Details for HTTP APIs (RFC 9457)."""
TOO_LARGE = "The request is too large"

Word = Annotated[str, Field(min_length=1, max_length=LONGEST_WORD, examples=["king"])]
Topn = Annotated[int, Field(ge=1, le=MOST_NEIGHBOURS, description="How many neighbours.")]
ModelName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_KEY,
        description="One that GET /models lists, by its name or by one of its `promoted_as`; or `latest`.",
    ),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NeighboursQuestion(_Part):
    """The neighbours of each of some words."""

    words: Annotated[list[Word], Field(min_length=1, max_length=MOST_WORDS, examples=[["king", "queen"]])]
    topn: Topn = 10
    model: ModelName = LATEST


class AnalogyQuestion(_Part):
    """The words nearest to a sum: man is to king as woman is to …? asks for `king` and `woman` without `man`."""

    positive: Annotated[list[Word], Field(max_length=MOST_WORDS, examples=[["king", "woman"]])] = []
    negative: Annotated[list[Word], Field(max_length=MOST_WORDS, examples=[["man"]])] = []
    topn: Topn = 10
    model: ModelName = LATEST

    @model_validator(mode="after")
    def _names_a_word(self) -> AnalogyQuestion:
        if not (self.positive or self.negative):
            raise ValueError("names no word; name at least one in positive or negative")
        return self


class SimilarityQuestion(_Part):
    """How alike the words of each pair are."""

    pairs: Annotated[
        list[Annotated[list[Word], Field(min_length=2, max_length=2)]],
        Field(min_length=1, max_length=MOST_PAIRS, examples=[[["king", "queen"]]]),
    ]
    model: ModelName = LATEST


class VectorsQuestion(_Part):
    """The vectors of some words."""

    words: Annotated[list[Word], Field(min_length=1, max_length=MOST_VECTORS, examples=[["king"]])]
    model: ModelName = LATEST


class Known(_Part):
    """A word that was asked for, in the form in which the model has it, and what its vector comes from."""

    word: str
    form: str
    origin: Origin


class Unknown(_Part):
    """A word that has no vector: why, in short and in a sentence; and words that are spelled alike."""

    word: str
    why: str
    detail: str
    suggestions: list[str]


class Neighbour(_Part):
    """A word and the cosine of its vector with what was asked for, -1 to 1."""

    word: str
    cosine: float


class Neighbours(Known):
    """A word's neighbours, closest first."""

    neighbours: list[Neighbour]


class Similarity(_Part):
    """The cosine of two words' vectors."""

    words: list[Known]
    cosine: float


class Vector(Known):
    """A word's vector, with `dim` values."""

    vector: list[float]


class _Answer(_Part):
    model: str
    unknown: list[Unknown]
    """The words that have no vector; what was asked of the others is answered."""


class NeighboursAnswer(_Answer):
    """The neighbours of each word that has a vector."""

    answers: list[Neighbours]


class AnalogyAnswer(_Answer):
    """The words nearest to the sum; none if a word is unknown."""

    words: list[Known]
    neighbours: list[Neighbour]


class SimilarityAnswer(_Answer):
    """The cosine of each pair of which both words have a vector."""

    answers: list[Similarity]


class VectorsAnswer(_Answer):
    """The vector of each word that has one."""

    answers: list[Vector]


class ModelFacts(_Part):
    """A model that can be asked."""

    name: str
    promoted_as: list[str] = []
    """The names of current models, `@NAME`, that stand for it."""
    bytes: int | None = None
    modified_at: str | None = None
    """ISO 8601, in UTC."""


class ModelsAnswer(_Part):
    """The models that can be asked, the latest first."""

    models: list[ModelFacts]


class Problem(BaseModel):
    """What is wrong with a request, as RFC 9457 has it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    faults: list[str] = []
    """Each with its place in the request."""

    def text(self) -> str:
        """Return it as JSON."""
        return self.model_dump_json(exclude_defaults=True)
