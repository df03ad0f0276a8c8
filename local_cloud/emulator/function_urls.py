"""Functions' URLs: `http://127.0.0.1:PORT/_aws/lambda-url/ID/`, where AWS has `https://ID.lambda-url.REGION.on.aws/`.

ministack answers at both, and tells the second, which leads out of this machine.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

from local_cloud.emulator.seams import replace, require_all

PATH = "/_aws/lambda-url/"
_AWS_URL = re.compile(r"https://([a-z0-9]{32})\.lambda-url\.")


def install(port: int) -> None:
    """Tell functions' URLs as they are at this port, and answer there."""
    from ministack import app
    from ministack.services import lambda_svc

    require_all(lambda_svc, "_function_urls", "_url_config_key", "resolve_function_url")
    require_all(lambda_svc, "_get_func_record_for_ref_in_scope", "handle_function_url_request")
    replace(lambda_svc, "_create_function_url_config", partial(_with_local_url, port))
    replace(lambda_svc, "_function_url_id", _also_of_a_local_url)
    replace(lambda_svc, "lambda_execute_result_to_api_proxy_response", _telling_no_fault)
    replace(app, "_handle_special_data_plane_request", _of_functions_alone)


def _with_local_url(port: int, original: Any) -> Any:
    def create(name: str, data: dict[str, Any], qualifier: str | None) -> Any:
        from ministack.services import lambda_svc

        status, headers, body = original(name, data, qualifier)
        found = _AWS_URL.match(json.loads(body).get("FunctionUrl", "")) if status < 300 else None
        if found is None:
            return status, headers, body
        config = lambda_svc._function_urls[lambda_svc._url_config_key(name, qualifier)]
        config["FunctionUrl"] = f"http://127.0.0.1:{port}{PATH}{found[1]}/"
        told = {member: value for member, value in config.items() if member != "LastModifiedTime"}
        return status, headers, json.dumps(told).encode()

    return create


def _also_of_a_local_url(original: Any) -> Any:
    def function_url_id(url: str) -> Any:
        _, here, url_id = url.partition(PATH)
        return url_id.rstrip("/") if here else original(url)

    return function_url_id


def _telling_no_fault(original: Any) -> Any:
    """AWS tells who asks a URL nothing of an error that the function ends with."""

    def answer(result: dict[str, Any]) -> Any:
        return (None, None) if result.get("error") and not result.get("throttle") else original(result)

    return answer


def _of_functions_alone(original: Any) -> Any:
    """Of the routes that ministack answers before it checks a signature, serve this one: it asks for one by itself."""

    async def handle(method: str, path: str, *request: Any, **more: Any) -> Any:
        if open_to_all(path):
            return await _unsigned(method, path, *request)
        return await original(method, path, *request, **more) if path.startswith(PATH) else None

    return handle


def open_to_all(path: str) -> bool:
    """Whether requests to a path need no signature: to a URL without authentication of a function that all may invoke.

    Its policy has to allow both actions (developer guide, "Control access to Lambda function URLs").
    """
    from ministack.services import lambda_svc

    found = lambda_svc.resolve_function_url(_split(path)[0]) if path.startswith(PATH) else None
    if found is None or found[-1].get("AuthType") != "NONE":
        return False
    account, region, name, _, _ = found
    function, _, _ = lambda_svc._get_func_record_for_ref_in_scope(name, account_id=account, region=region)
    statements = function["policy"]["Statement"] if function else []
    allowed = {one["Action"] for one in statements if one["Effect"] == "Allow" and _is_all(one["Principal"])}
    return {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"} <= allowed


async def _unsigned(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], *_: object
) -> Any:
    from ministack.services import lambda_svc

    url_id, inner = _split(path)
    return await lambda_svc.handle_function_url_request(url_id, method, inner, headers, body, query)


def _split(path: str) -> tuple[str, str]:
    """Return the id of a function's URL, and the path below it."""
    url_id, _, inner = path.removeprefix(PATH).partition("/")
    return url_id, f"/{inner}"


def _is_all(principal: Any) -> bool:
    return principal in ("*", {"AWS": "*"})
