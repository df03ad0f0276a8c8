"""What "clean" means: a versioned definition and its settings.

The definition itself is in `clean`, and in words in docs/cleaning.md. A recipe names the definition's version
and the settings, so that the same recipe makes the same sentences of the same documents, wherever it runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails

from wordvectors.json_text import FaultyJson, read_object
from wordvectors.plain_text import in_plain_words, shown

VERSION: Literal[1] = 1
"""Of the definition; it grows with every change that can change a sentence."""

METADATA_KEY = "cleaning-recipe"
"""Under which the metadata of a corpus in S3 hold its recipe, as canonical JSON."""

UNSPACED_LANGUAGES = frozenset({"bo", "dz", "ja", "km", "lo", "my", "th", "wuu", "yue", "zh"})
"""Written without blanks between words."""

SEGMENTING_ADVICE = (
    "it is written without blanks between words, and no word can be told from the next: put blanks between the "
    "words first (for instance with jieba, MeCab or PyThaiNLP), and then clean it with segmented=true"
)

Treatment = Literal["remove", "replace", "keep"]


class InvalidRecipe(ValueError):
    """A recipe that can't be used; `faults` has a sentence for each fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class PhraseSettings(BaseModel):
    """Settings of gensim's `Phrases` (Mikolov et al. 2013, "Distributed representations of words and phrases").

    Attributes
    ----------
    min_count : int
        Least occurrences of a pair of words that becomes one.
    threshold : float
        Least score of such a pair; higher means fewer phrases.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_count: Annotated[int, Field(ge=1, le=1_000_000_000)] = 5
    threshold: Annotated[float, Field(ge=1e-6, le=1e9)] = 10.0


class CleaningRecipe(BaseModel):
    """A definition of "clean": its version and its settings.

    Attributes
    ----------
    version : int
        Of the definition.
    language : str
        ISO 639 code; decides what ends a sentence and what is an abbreviation.
    lower : bool
        Lower-case all words.
    strip_markup : bool
        Resolve HTML entities and take out tags, comments, scripts and styles.
    keep_numbers : bool
        Keep the tokens that are digits alone.
    urls, user_names : {"remove", "replace", "keep"}
        Web addresses, and e-mail addresses and @names: taken out, replaced by the word `urltoken` or
        `usertoken`, or left in as the words that they hold.
    line_breaks : {"end", "join"}
        Whether a line's end ends a sentence, or only an empty line does (text with hard line breaks).
    segmented : bool
        Text in a script without blanks has blanks between its words already.
    min_tokens : int
        Shorter sentences are left out.
    max_tokens : int
        Longer ones are cut into pieces of this length.
    deduplicate : {"none", "sentences", "documents"}
        Leave out each sentence that occurred before; or each document whose sentences are, all and in
        order, those of an earlier one.
    phrases : PhraseSettings or None
        Join the words of frequent phrases by an underscore: `new_york`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = VERSION
    language: Annotated[str, Field(pattern="^[a-z]{2,3}$")] = "en"
    lower: bool = True
    strip_markup: bool = True
    keep_numbers: bool = True
    urls: Treatment = "remove"
    user_names: Treatment = "remove"
    line_breaks: Literal["end", "join"] = "end"
    segmented: Annotated[bool, Field(validate_default=True)] = False
    min_tokens: Annotated[int, Field(ge=1, le=1_000_000)] = 3
    max_tokens: Annotated[int, Field(le=1_000_000, validate_default=True)] = 1000
    deduplicate: Literal["none", "sentences", "documents"] = "none"
    phrases: PhraseSettings | None = None

    @field_validator("phrases", mode="before")
    @classmethod
    def _phrases_by_yes_or_no(cls, given: Any) -> Any:
        if given is True:
            return PhraseSettings()
        return None if given is False else given

    # These are of one field each, and of fields before it: a validator of the whole is not asked when any has a fault.
    @field_validator("segmented")
    @classmethod
    def _fits_the_language(cls, segmented: bool, known: ValidationInfo) -> bool:
        language = known.data.get("language")
        if language in UNSPACED_LANGUAGES and not segmented:
            raise ValueError(f"language is {language!r}; {SEGMENTING_ADVICE}")
        return segmented

    @field_validator("max_tokens")
    @classmethod
    def _not_less_than_the_least(cls, most: int, known: ValidationInfo) -> int:
        least = known.data.get("min_tokens", 1)
        if most < least:
            raise ValueError(f"less than min_tokens ({least})")
        return most

    def to_json(self) -> str:
        """Return the recipe as canonical JSON: ASCII, keys sorted, every setting in it."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))


def read_recipe(settings: Any) -> CleaningRecipe:
    """Make a recipe of settings by name.

    Raises
    ------
    InvalidRecipe
        With every fault.
    """
    try:
        return CleaningRecipe.model_validate(settings)
    except ValidationError as invalid:
        raise InvalidRecipe([_sentence(fault) for fault in invalid.errors()]) from None


def recipe_in(metadata: Mapping[str, str]) -> CleaningRecipe | None:
    """Return the recipe that an object's metadata hold, or None.

    Raises
    ------
    InvalidRecipe
        If what they hold is none that is known here.
    """
    text = metadata.get(METADATA_KEY)
    if text is None:
        return None
    try:
        settings = read_object(text, "the recipe")
    except FaultyJson as unread:
        raise InvalidRecipe([str(unread)]) from None
    return read_recipe(settings)


def value_fault(name: str, fault: ErrorDetails) -> str:
    """Return pydantic's error about a setting's value as a sentence."""
    said = in_plain_words(fault["msg"].removeprefix("Value error, "))
    return f"{name} is {shown(fault['input'])}: {said}" if name else said


def _sentence(fault: ErrorDetails) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        settings = PhraseSettings if len(fault["loc"]) > 1 else CleaningRecipe
        return f"{name} is no setting of a recipe; there are: {', '.join(sorted(settings.model_fields))}"
    return value_fault(name, fault)
