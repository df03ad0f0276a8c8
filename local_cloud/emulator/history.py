"""The events of moto's interpreter, written into ministack's execution records."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from local_cloud.emulator.records import ENTERED, TERMINAL_EVENTS

_TERMINAL_TYPES = {event_type for event_type, _ in TERMINAL_EVENTS.values()}


class RecordedEvents(EventManager):
    """Writes the interpreter's events into a ministack execution record, while that is RUNNING.

    The first and the last event are not taken from the interpreter: ministack writes ExecutionStarted, and
    `finish` writes the terminal one, exactly once, whoever ends the execution.

    Which state it has entered is saved before the state does anything, so that after a kill it goes on from there.
    """

    def __init__(self, record: dict[str, Any], saved: Callable[[str], Future[None]]) -> None:
        super().__init__()
        self.record = record
        self._saved = saved
        self._event_id_gen._next_id = len(record["events"]) + 1

    def _publish_history_event(
        self, event_id: int, source_event_id: int, event_type: Any, timestamp: Any, event_details: Any
    ) -> None:
        name = getattr(event_type, "value", str(event_type))
        if name in _TERMINAL_TYPES or self.record["status"] != "RUNNING":
            return
        event = {"id": event_id, "previousEventId": source_event_id, "type": name, "timestamp": timestamp}
        self.record["events"].append({**event, **json.loads(to_json_str(event_details or {}))})
        if "stateEnteredEventDetails" in (event_details or {}):
            self.record[ENTERED] = self.record.get(ENTERED, 0) + 1
            wait([self._saved("stepfunctions")])  # without a result: one that fails is tried again
