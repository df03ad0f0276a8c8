"""Models that another machine serves, with the verbs of those that are loaded here."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from wordvectors.lifecycle.keys import LATEST
from wordvectors.plain_text import plain
from wordvectors.serving.contract import (
    MOST_VECTORS,
    MOST_WORDS,
    AnalogyAnswer,
    Known,
    ModelFacts,
    ModelsAnswer,
    NeighboursAnswer,
    Problem,
    SimilarityAnswer,
    Unknown,
    VectorsAnswer,
)
from wordvectors.serving.tokens import TOKEN_VARIABLE, bearer
from wordvectors.vectors.unknown_words import LookedUp, Origin, UnknownWordError

if TYPE_CHECKING:
    import boto3

_SECONDS = 60
"""A function that has not been asked for a while first fetches its model."""
_SHOWN = 300
_GIVE_TOKEN = f"In Python give it by token=, on the command line by the variable {TOKEN_VARIABLE}."
_HERE = ("127.0.0.1", "localhost", "::1")
_FUNCTION_URL = re.compile(
    r"https://\w+\.lambda-url\.(?P<region>[\w-]+)\.on\.aws(\.cn)?/?|(?P<here>http://127\.0\.0\.1:\d+)/_aws/lambda-url/\w+/?"
)
"""Of AWS, and of the local cloud."""

Sign = Callable[[str, str, bytes, Mapping[str, str]], Mapping[str, str]]
"""Takes method, address, body and headers of a request, and returns the headers with a signature."""

_Answer = TypeVar("_Answer", bound=BaseModel)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a token or a signature is for the address that was given, and no other."""

    def redirect_request(self, *told: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)
_DIRECT = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))
"""For this machine, which no proxy reaches."""


class NotAnswered(Exception):
    """A question that the address did not answer; the message says why."""


class RemoteVectors:
    """A model that is asked over HTTP; see `wordvectors.connect`.

    A word is looked up in the form in which the model's corpus writes it.
    """

    def __init__(
        self, url: str, model: str = LATEST, sign: Sign | None = None, token: str | None = None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"{url!r} is no address; it is like http://127.0.0.1:8765")
        if token and parts.scheme == "http" and parts.hostname not in _HERE:
            raise ValueError(f"{url!r} would carry the token in the clear; use https")
        self._opener = _DIRECT if parts.hostname in _HERE else _OPENER
        self._shown = bearer(token) if token is not None else {}
        self._url, self._model = url.rstrip("/"), model
        self._sign = sign

    def models(self) -> list[ModelFacts]:
        """Return the models that can be asked there, the latest first."""
        return self._ask("models", None, ModelsAnswer).models

    def most_similar(
        self, positive: str | Sequence[str] = (), negative: str | Sequence[str] = (), topn: int = 10
    ) -> list[tuple[str, float]]:
        """Return the words closest to the sum of the positive words, the negative ones taken away.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        NotAnswered
        """
        asked = {"positive": _listed(positive), "negative": _listed(negative), "topn": topn}
        answer = self._ask("analogy", asked, AnalogyAnswer)
        _raise_first(answer.unknown)
        return [(one.word, one.cosine) for one in answer.neighbours]

    def most_similar_each(self, words: Sequence[str], topn: int = 10) -> list[list[tuple[str, float]]]:
        """Return the neighbours of each word; of many words, some at a time.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        NotAnswered
        """
        found: dict[str, list[tuple[str, float]]] = {}
        for some in _pieces(words, MOST_WORDS):
            answer = self._ask("neighbours", {"words": some, "topn": topn}, NeighboursAnswer)
            _raise_first(answer.unknown)
            found |= {
                one.word: [(near.word, near.cosine) for near in one.neighbours] for one in answer.answers
            }
        return [found[word] for word in words]

    def similarity(self, first: str, second: str) -> float:
        """Return the cosine of two words' vectors.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        NotAnswered
        """
        answer = self._ask("similarity", {"pairs": [[first, second]]}, SimilarityAnswer)
        _raise_first(answer.unknown)
        return answer.answers[0].cosine

    def doesnt_match(self, words: list[str]) -> str:
        """Return the word that is farthest from the mean of all.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        ValueError
            If no word is given.
        NotAnswered
        """
        if not words:
            raise ValueError("no word is given; name at least one")
        rows = self[list(words)]
        units = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return words[int(np.argmin(units @ units.mean(axis=0)))]

    def __getitem__(self, words: str | list[str]) -> NDArray[np.float32]:
        """Return a word's vector (dim,), or those of several words (words, dim)."""
        if isinstance(words, str):
            return self[[words]][0]
        found: dict[str, list[float]] = {}
        for some in _pieces(words, MOST_VECTORS):
            answer = self._ask("vectors", {"words": some}, VectorsAnswer)
            _raise_first(answer.unknown)
            found |= {one.word: one.vector for one in answer.answers}
        return np.array([found[word] for word in words], np.float32)

    def look_up(self, word: str) -> LookedUp:
        """Return a word as the model has it, and what its vector comes from.

        Raises
        ------
        UnknownWordError
            A `KeyError`, with close spellings.
        NotAnswered
        """
        answer = self._ask("vectors", {"words": [word]}, VectorsAnswer)
        _raise_first(answer.unknown)
        known: Known = answer.answers[0]
        return LookedUp(known.form, known.origin)

    def origin(self, word: str) -> Origin:
        """Return what a word's vector comes from; see `look_up`."""
        return self.look_up(word).origin

    def _ask(self, path: str, question: dict[str, Any] | None, kind: type[_Answer]) -> _Answer:
        address, headers = f"{self._url}/{path}", {"accept": "application/json", **self._shown}
        body = b""
        if question is not None:
            body = json.dumps({**question, "model": self._model}).encode()
            headers["content-type"] = "application/json"
        method = "POST" if body else "GET"
        if self._sign:
            headers = dict(self._sign(method, address, body, headers))
        request = urllib.request.Request(address, body or None, headers, method=method)
        try:
            with self._opener.open(request, timeout=_SECONDS) as answered:
                content = answered.read()
        except urllib.error.HTTPError as refused:
            raise NotAnswered(f"{address}: {_reason(refused)}") from None
        except (OSError, ValueError) as fault:
            raise NotAnswered(f"{address} can't be asked: {getattr(fault, 'reason', fault)}") from None
        try:
            return kind.model_validate_json(content, extra="ignore")
        except ValidationError:
            shown = plain(content.decode(errors="replace"), _SHOWN)
            raise NotAnswered(f"{address} does not answer as this API does, but: {shown}") from None


def connect(
    url: str,
    *,
    model: str = LATEST,
    token: str | None = None,
    profile: str | None = None,
    region: str | None = None,
) -> RemoteVectors:
    """Return a model that an address serves; see `wordvectors.connect`."""
    function = _FUNCTION_URL.fullmatch(url)
    if function is None or token is not None:
        return RemoteVectors(url, model, token=token)
    from wordvectors.extras import require

    require("aws")
    from wordvectors.aws.signing import signer

    return RemoteVectors(url, model, signer(_session(function, profile, region)))


def _session(function: re.Match[str], profile: str | None, region: str | None) -> boto3.Session:
    """Return whose credentials sign: the local cloud's own at its address, unless a profile is named."""
    import boto3

    from wordvectors.client.deployment import DeploymentNotFound, account_local
    from wordvectors.client.home import wordvectors_home

    if function["here"] and profile is None:
        with suppress(DeploymentNotFound):
            account = account_local(wordvectors_home())
            if account.endpoint_url == function["here"]:
                return account.session
    return boto3.Session(profile_name=profile, region_name=region or function["region"])


def _reason(refused: urllib.error.HTTPError) -> str:
    content = refused.read(100_000)
    try:
        detail = Problem.model_validate_json(content, extra="ignore").detail
    except ValidationError:
        said = plain(content.decode(errors="replace"), _SHOWN)
        return f"HTTP {refused.code} {refused.reason}" + (f": {said}" if said else "")
    return f"{detail} {_GIVE_TOKEN}" if refused.code == HTTPStatus.UNAUTHORIZED else detail


def _raise_first(unknown: list[Unknown]) -> None:
    for one in unknown:
        raise UnknownWordError(one.word, one.why, tuple(one.suggestions))


def _pieces(words: Sequence[str], most: int) -> list[list[str]]:
    distinct = iter(dict.fromkeys(words))
    return list(iter(lambda: list(islice(distinct, most)), []))


def _listed(words: str | Sequence[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)
