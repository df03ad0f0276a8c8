"""The texts of a service's state files, made anew for each answer that waits for a save.

ministack copies a service's state, value by value, before it is written: of some hundred runs that takes a second, in
which nothing else gets on. Here the text is made of the state itself, in one go; and of what is most of it, rows of
tables and executions, the text is kept until they change. Each execution has a file of its own, since the history of a
thousand would be tens of megabytes to write whenever one of them gets on.
"""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import re
import secrets
import threading
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from local_cloud.emulator.records import ENTERED
from local_cloud.emulator.seams import replace, require_all

log = logging.getLogger("local_cloud.snapshots")

EXECUTIONS = "executions"
"""The folder of the executions' files, beside the services'."""
_FILE = "file"
_TAKES = 20

_taking = threading.local()


class _Copies:
    """Takes the place of the module `copy`: while a thread takes a state, its values are passed on as they are."""

    def deepcopy(self, value: Any) -> Any:
        return value if getattr(_taking, "now", False) else copy.deepcopy(value)

    def __getattr__(self, name: str) -> Any:
        return getattr(copy, name)


def install() -> None:
    """Let the services with the largest states be taken without a copy."""
    from ministack.core import persistence
    from ministack.services import cloudwatch, cloudwatch_logs, dynamodb, stepfunctions

    require_all(persistence, "_state_format_version", "_json_default")
    for service in (cloudwatch, cloudwatch_logs, dynamodb, stepfunctions):
        replace(service, "copy", lambda original: _Copies())


class Snapshots:
    """Makes the texts, one at a time, and keeps those of what has not changed."""

    def __init__(self) -> None:
        self._kept = {name: _Kept() for name in _IN_PARTS}

    def texts_of(self, name: str, state: Callable[[], object], *, histories: bool = True) -> dict[str, str]:
        """Return what a service's files are to hold, by their names without `.json`; none of one that was not loaded.

        Parameters
        ----------
        name
            The name of the service's own file, without `.json`.
        state
            Returns what ministack keeps of the service. It is asked again when the service has changed meanwhile.
        histories
            Whether all events of executions that still run are to be there. Without it those since the last state was
            entered may be missing: there are many in a second, and nothing depends on them.
        """
        for attempt in range(_TAKES):
            _taking.now = True
            try:
                return self._texts(name, state(), histories)
            except RuntimeError:  # a dictionary changed its size while it was read
                if attempt == _TAKES - 1:
                    raise
            finally:
                _taking.now = False
        return {}

    def _texts(self, name: str, taken: Any, histories: bool) -> dict[str, str]:
        from ministack.core import persistence

        if taken is None:
            return {}
        kept, others = self._kept.get(name), dict[str, str]()
        if kept is not None:
            kept.begin()
            taken, others = _IN_PARTS[name](taken, kept, histories)
        text = _dumped({"__ministack_format__": persistence._state_format_version(name), "payload": taken})
        return {**others, name: kept.filled_in(text) if kept is not None else text}


def read_executions(executions: Any, folder: Path) -> None:
    """Put the executions in the place of what stands for them in Step Functions' own file.

    One whose file is gone is left out, and said; a file that stands for none is removed.
    """
    from ministack.core import persistence

    named = set[str]()
    for key, record in list(executions._data.items()):
        if (file := record.get(_FILE)) is None:
            continue  # the record itself, as it was written before executions had files of their own
        named.add(file)
        if (read := persistence.load_state(file)) is None:
            log.error("The execution %s is lost: there is no %s", key[-1], folder / f"{file}.json")
            del executions._data[key]
        else:
            executions._data[key] = read
    for path in (folder / EXECUTIONS).glob("*.json"):
        if f"{EXECUTIONS}/{path.stem}" not in named:
            path.unlink()


class _Known(NamedTuple):
    part: object
    mark: Hashable
    detail: Hashable
    text: str


class _Kept:
    """Texts of a state's parts, for which placeholders stand while the rest is written."""

    def __init__(self) -> None:
        self._nonce = secrets.token_hex(8)
        self._before: dict[int, _Known] = {}
        self._now: dict[int, _Known] = {}

    def begin(self) -> None:
        """Begin a save, or begin it again: what is known from before is there until it is filled in."""
        self._before, self._now = self._before | self._now, {}

    def text_of(
        self, part: object, mark: Hashable = None, detail: Hashable = None, *, exactly: bool = True
    ) -> str:
        """Return a part's text, made anew if the part is another object, or its mark has changed.

        Also if its detail has, where it is wanted `exactly`.
        """
        known = self._before.get(id(part))  # which is the part's own as long as the part is held here
        if known is None or known.mark != mark or (exactly and known.detail != detail):
            known = _Known(part, mark, detail, _dumped(part))
        self._now[id(part)] = known
        return known.text

    def place_of(self, part: object) -> str:
        """Return what stands for a part while the rest is written."""
        self.text_of(part)
        return f"{self._nonce}:{id(part)}"

    def filled_in(self, text: str) -> str:
        """Return the rest's text with the parts' in their places."""
        self._before = {}
        return re.sub(rf'"{self._nonce}:(\d+)"', lambda place: self._now[int(place[1])].text, text)


def _with_executions(
    taken: Mapping[str, Any], kept: _Kept, histories: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """An execution's record grows by whole events, some of which tell of another state, and ends."""
    scoped = _plain(taken[EXECUTIONS])
    records: dict[str, dict[str, Any]] = scoped["data"]
    files = {key: f"{EXECUTIONS}/{hashlib.sha256(key.encode()).hexdigest()[:32]}" for key in records}
    texts = {
        files[key]: kept.text_of(
            record,
            mark=(record["status"], record.get("stopDate"), record.get(ENTERED)),
            detail=len(record["events"]),
            exactly=histories,
        )
        for key, record in records.items()
    }
    places = {key: {_FILE: file} for key, file in files.items()}
    return {**taken, EXECUTIONS: {**scoped, "data": places}}, texts


def _with_rows(
    taken: Mapping[str, Any], kept: _Kept, histories: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """ministack changes no row: it puts another into its place."""
    scoped = _plain(taken["tables"])
    tables: dict[str, dict[str, Any]] = scoped["data"]
    places = {
        key: {
            **table,
            "items": {
                hash_key: {range_key: kept.place_of(row) for range_key, row in list(rows.items())}
                for hash_key, rows in list(table["items"].items())
            },
        }
        for key, table in tables.items()
    }
    return {**taken, "tables": {**scoped, "data": places}}, {}


_IN_PARTS = {"dynamodb": _with_rows, "stepfunctions": _with_executions}
"""By a service's file: what takes its state apart into what is written there and the texts of files beside it."""


def _plain(scoped: Any) -> dict[str, Any]:
    """A dictionary by account and region, as ministack writes it."""
    from ministack.core import persistence

    plain: dict[str, Any] = persistence._json_default(scoped)
    return plain


def _dumped(value: object) -> str:
    from ministack.core import persistence

    return json.dumps(value, default=persistence._json_default)
