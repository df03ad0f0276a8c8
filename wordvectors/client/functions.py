"""Ask a function of the pipeline: it works with its own permissions, and where the bucket is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wordvectors.client.deployment import Deployment
from wordvectors.json_text import parse_json
from wordvectors.lifecycle.outputs import Output


class FunctionFailed(Exception):
    """A function has ended with an error; the message names both."""


def invoke(deployment: Deployment, function: Output, event: Mapping[str, Any]) -> dict[str, Any]:
    """Run the function that an output names, and return its answer.

    Raises
    ------
    FunctionFailed
    """
    name = deployment.outputs.get(function)
    if name is None:
        raise FunctionFailed(
            f"this deployment does not name its function {function.step}: deploy it again with this version"
        )
    answer = deployment.client("lambda", waits=True).invoke(
        FunctionName=name, Payload=json.dumps(event).encode()
    )
    payload = parse_json(answer["Payload"].read() or b"{}")
    if answer.get("FunctionError"):
        raise FunctionFailed(f"{function.step} failed: {payload.get('errorMessage', payload)}")
    return payload
