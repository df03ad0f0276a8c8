"""A request and its answer held against botocore's model of the service: `judge`."""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, ServiceModel
from botocore.utils import parse_timestamp

from local_cloud.sagemaker.validation import constraint_faults
from tests.contract import answers, wire
from tests.contract.exchange import Exchange
from tests.contract.shapes import faults_in

_ITEM = re.compile(r"\.\d+\.member")


@dataclass(frozen=True)
class Verdict:
    """What an exchange was, as `service:Operation`, and what the service's model does not have about it."""

    operation: str
    faults: list[str]


def judge(exchange: Exchange) -> Verdict:
    """Hold an exchange against the model of its service.

    A request that the model refuses is a fault unless the service has refused it as well.
    """
    found = _routed(exchange)
    if found is None:
        name = f"{exchange.service}:?"
        fault = f"{name}: no operation is {exchange.method} {exchange.path}"
        return Verdict(name, [] if exchange.refused else [fault])
    operation = _model(exchange.service).operation_model(found.operation.name)
    name = f"{exchange.service}:{operation.name}"
    if exchange.refused:
        faults = answers.error_faults(operation, exchange)
    else:
        faults = itertools.chain(
            _request_faults(operation, exchange, found), answers.faults(operation, exchange)
        )
    return Verdict(name, [f"{name}: {_ITEM.sub('[]', fault)}" for fault in faults])


def _request_faults(operation: OperationModel, exchange: Exchange, found: _Route) -> Iterator[str]:
    shape = operation.input_shape
    if shape is None:
        return
    try:
        if operation.service_model.resolved_protocol == "json":
            asked = wire.from_json(shape, json.loads(exchange.body or b"{}"))
        else:
            asked = found.arguments(exchange)
    except ValueError as problem:
        yield f"the request cannot be read: {problem}"
        return
    faults = list(faults_in(shape, asked, "request"))
    yield from faults or (f"request: {fault}" for fault in constraint_faults(shape, asked))


@dataclass(frozen=True)
class _Route:
    """What moto finds in a request: its operation, and the arguments in its path."""

    operation: Any
    request: Any
    in_path: dict[str, Any]

    def arguments(self, exchange: Exchange) -> Any:
        """Return the request's arguments, by their names in the model."""
        from moto.core.parse import PROTOCOL_PARSERS

        parser = PROTOCOL_PARSERS[self.operation.service_model.resolved_protocol](
            self.operation, timestamp_parser=lambda text: parse_timestamp(text).timestamp()
        )
        request = self.request
        return parser.parse({
            "body": exchange.body, "headers": request.headers, "method": exchange.method, "url_params": self.in_path,
            "url_path": request.path, "values": request.values,
        })  # fmt: skip


def _routed(exchange: Exchange) -> _Route | None:
    """Return the operation that a request is for; None if there is none."""
    from moto.core.request import Request
    from moto.core.routing import get_service_router
    from werkzeug.exceptions import NotFound

    url = f"http://{exchange.headers.get('host', 'aws')}{exchange.path}"
    request = Request.from_primitives(exchange.method, url, exchange.headers, exchange.body)
    try:
        operation, in_path = get_service_router(exchange.service).match(request)
    except (NotFound, UnknownServiceError):
        return None
    return _Route(operation, request, in_path)


@functools.cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)
