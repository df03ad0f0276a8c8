"""What the CDK's function that empties a bucket needs when its stack is removed.

Lambda's Node.js brings the AWS SDK along: here it lies beside the CDK CLI, which has deployed that function. And the
function tells CloudFormation of its end at the ResponseURL, which is a presigned one of S3 (CloudFormation user guide,
"Custom resource request objects").
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from local_cloud.emulator.asgi import Application, Receive, Scope, Send
from local_cloud.emulator.seams import replace, require_all
from wordvectors.json_text import parse_json

SDK = Path(sys.prefix, "cdk", "node_modules")
"""Where `make` installs it, from package-lock.json, which has its hash."""
_ENDS = "/cloudformation-custom-resource-response/"


def install() -> None:
    """Let functions in JavaScript find the SDK, and take what custom resources end with."""
    from ministack import app
    from ministack.services.cloudformation import custom_resource

    require_all(custom_resource, "_gateway_url", "deliver_response")
    os.environ["NODE_PATH"] = str(SDK)
    replace(custom_resource, "_response_url", _presigned)
    replace(app, "app", _taking_ends)


def _presigned(original: Any) -> Any:
    from ministack.services.cloudformation import custom_resource

    return lambda token: f"{custom_resource._gateway_url()}{_ENDS}{token}?X-Amz-Signature={token}"


def _taking_ends(application: Application) -> Application:
    from ministack.services.cloudformation import custom_resource

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_ENDS):
            await application(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        known = custom_resource.deliver_response(scope["path"].removeprefix(_ENDS), parse_json(body))
        await send({"type": "http.response.start", "status": 200 if known else 403, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app
