"""The models that a handler answers from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wordvectors.lifecycle.keys import LATEST
from wordvectors.serving.contract import ModelFacts
from wordvectors.vectors.word_vectors import WordVectors


class NoSuchModel(LookupError):
    """A model that can't be asked; the message says which can, or why it can't."""


class NotReadable(Exception):
    """Where the models are kept they can't be read now; the message says why. It may pass."""


class Models(Protocol):
    """Models by name."""

    def facts(self) -> list[ModelFacts]:
        """Return the models that can be asked, the latest first."""

    def get(self, name: str) -> tuple[str, WordVectors]:
        """Return a model, by its name, by `@NAME` if it was promoted, or as the `latest`; and its own name.

        Raises
        ------
        NoSuchModel, NotReadable
        """


class OneModel:
    """One model of this machine.

    Parameters
    ----------
    promoted_as
        The names of current models, `@NAME`, that stand for it.
    """

    def __init__(self, name: str, vectors: WordVectors, promoted_as: Sequence[str] = ()) -> None:
        self._name, self._vectors, self._promoted_as = name, vectors, list(promoted_as)

    def facts(self) -> list[ModelFacts]:
        """Return this model."""
        return [ModelFacts(name=self._name, promoted_as=self._promoted_as)]

    def get(self, name: str) -> tuple[str, WordVectors]:
        """Return this model, if it is meant.

        Raises
        ------
        NoSuchModel
        """
        if name not in (self._name, LATEST, *self._promoted_as):
            raise NoSuchModel(f"there is no model {name!r} here; there is {self._name!r}")
        return self._name, self._vectors
