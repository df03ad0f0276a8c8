"""FilterLogEvents, which `aws logs tail` asks, with what ministack leaves out: a prefix of streams, pages, event ids.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

import json
from typing import Any

from local_cloud.emulator.seams import replace, require_all

_MOST = 10_000  # events on a page


def install() -> None:
    """Take the place of ministack's function."""
    from ministack.services import cloudwatch_logs

    require_all(cloudwatch_logs, "_log_groups", "_resolve_log_group_name", "json_response")
    replace(cloudwatch_logs, "_filter_log_events", _paged)


def _paged(original: Any) -> Any:
    """A token says at which time a page begins (ms), and how many events of that time were on the pages before."""

    def filter_log_events(request: dict[str, Any]) -> Any:
        from ministack.services import cloudwatch_logs

        request = dict(request)
        if prefix := request.pop("logStreamNamePrefix", None):
            group = cloudwatch_logs._log_groups.get(cloudwatch_logs._resolve_log_group_name(request), {})
            request["logStreamNames"] = [name for name in group.get("streams", {}) if name.startswith(prefix)]
            if group and not request["logStreamNames"]:  # of no names ministack makes all
                return cloudwatch_logs.json_response({"events": [], "searchedLogStreams": []})
        size = min(request.get("limit", _MOST), _MOST - 1)
        start, before = map(int, request.pop("nextToken", f"{request.get('startTime', 0)}/0").split("/"))
        status, headers, body = original(request | {"startTime": start, "limit": before + size + 1})
        if status != 200:
            return status, headers, body
        found = _numbered(json.loads(body)["events"])
        events, rest = found[before : before + size], found[before + size :]
        answer: dict[str, Any] = {"events": [event for _, event in events], "searchedLogStreams": []}
        if rest:
            number, event = rest[0]
            answer["nextToken"] = f"{event['timestamp']}/{number}"
        return cloudwatch_logs.json_response(answer)

    return filter_log_events


def _numbered(events: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """Give each event its number among those of its time, and an id that says both."""
    numbered: list[tuple[int, dict[str, Any]]] = []
    for event in events:
        same = bool(numbered) and numbered[-1][1]["timestamp"] == event["timestamp"]
        number = numbered[-1][0] + 1 if same else 0
        numbered.append((number, {**event, "eventId": f"{event['timestamp']:046d}{number:010d}"}))
    return numbered
