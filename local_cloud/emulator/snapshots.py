"""The text of a service's state file, made anew for each answer that waits for a save.

ministack copies a service's state, value by value, before it is written: of some hundred runs that takes a second, in
which nothing else gets on. Here the text is made of the state itself, in one go, and the part of it that tells of ended
executions, which change no more and are most of it, is kept.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from typing import Any

from local_cloud.emulator.seams import replace, require_all

_TAKES = 20
_EXECUTIONS = "executions"
_PLACE = "\ue000executions\ue000"
"""Stands for the executions while the rest is written: of private characters, which JSON escapes."""

_Mark = tuple[str, str | None, int]

_taking = threading.local()
_ended: dict[str, tuple[_Mark, str]] = {}
"""By the key in the file: the texts of ended executions, and of what state they are."""


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


def text_of(name: str, state: Callable[[], object]) -> str | None:
    """Return what a service's file is to hold; None of a service that was not loaded.

    Parameters
    ----------
    name
        The file's, without `.json`.
    state
        Returns what ministack keeps of the service. It is asked again when the service has changed meanwhile.
    """
    for attempt in range(_TAKES):
        _taking.now = True
        try:
            return _text(name, state())
        except RuntimeError:  # a dictionary changed its size while it was read
            if attempt == _TAKES - 1:
                raise
        finally:
            _taking.now = False
    return None


def _text(name: str, taken: Any) -> str | None:
    from ministack.core import persistence

    if taken is None:
        return None
    executions = taken.get(_EXECUTIONS) if name == "stepfunctions" else None
    if executions is not None:
        taken = {**taken, _EXECUTIONS: _PLACE}
    content = {"__ministack_format__": persistence._state_format_version(name), "payload": taken}
    text = json.dumps(content, default=persistence._json_default)
    return text if executions is None else text.replace(json.dumps(_PLACE), _executions_text(executions), 1)


def _executions_text(executions: Any) -> str:
    from ministack.core import persistence

    scoped = persistence._json_default(executions)
    records: dict[str, dict[str, Any]] = scoped["data"]
    for gone in _ended.keys() - records.keys():
        del _ended[gone]
    text = ", ".join(f"{json.dumps(key)}: {_execution_text(key, record)}" for key, record in records.items())
    return json.dumps({**scoped, "data": _PLACE}).replace(json.dumps(_PLACE), f"{{{text}}}", 1)


def _execution_text(key: str, record: dict[str, Any]) -> str:
    from ministack.core import persistence

    mark = record["status"], record.get("stopDate"), len(record["events"])
    if (kept := _ended.get(key)) and kept[0] == mark:
        return kept[1]
    text = json.dumps(record, default=persistence._json_default)
    if record["status"] != "RUNNING":
        _ended[key] = mark, text
    return text
