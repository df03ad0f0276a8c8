"""The request handler: routes, limits and errors of the API, by Powertools' event handler.

It takes the events of a Lambda function's URL, in AWS and on one machine alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError, ServiceError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, Server
from pydantic import BaseModel

from wordvectors import __version__
from wordvectors.json_text import parse_json
from wordvectors.plain_text import plain
from wordvectors.serving import answers
from wordvectors.serving.contract import (
    MOST_BYTES,
    PROBLEM,
    TOO_LARGE,
    AnalogyAnswer,
    AnalogyQuestion,
    ModelsAnswer,
    NeighboursAnswer,
    NeighboursQuestion,
    Problem,
    SimilarityAnswer,
    SimilarityQuestion,
    VectorsAnswer,
    VectorsQuestion,
)
from wordvectors.serving.events import Handler
from wordvectors.serving.models import Models, NoSuchModel, NotReadable
from wordvectors.serving.tokens import SCHEME, shows_token

JSON = "application/json"
PAGE = "/"
"""The path of the page that shows and tries the API."""
_FAULTS_NAMED, _SHOWN = 10, 300
_NAME, _TITLE = "wordvectors", "<title>Swagger UI</title>"
_ERRORS: dict[int, Any] = {
    status: {"description": title, "content": {PROBLEM: {"model": Problem}}}
    for status, title in (
        (401, "A token is needed, where the deployment has any"),
        (404, "There is no such model"),
        (413, TOO_LARGE),
        (415, "The request is not JSON"),
        (422, "The request is not valid"),
        (503, "The models can't be read now"),
    )
}


def request_handler(models: Models, tokens: Sequence[str] = ()) -> Handler:
    """Return the handler of the API for some models: it takes a request as a function's URL hands it over.

    It takes one request at a time.

    Parameters
    ----------
    tokens
        The hashes of tokens, if whoever asks has to show one; the page that shows the API needs none.
    """
    app = LambdaFunctionUrlResolver(enable_validation=True, json_body_deserializer=_parsed)
    app.enable_swagger(
        path=PAGE,
        title=_NAME,
        middlewares=[_named],
        version=__version__,
        description="Neighbours, similarity, analogies and vectors of words. A word is looked up in the form in which "
        "the model's corpus writes it; a model with subwords answers for any word, and says by `origin` that its "
        "vocabulary lacks it.",
        servers=[Server(url=".")],  # where the page itself is: in the local cloud that is below a path
        security_schemes={"token": HTTPBearer()} if tokens else None,
        security=[{"token": []}] if tokens else None,
    )

    @app.get("/models", summary="List the models", **_answering(ModelsAnswer))
    def list_models() -> ModelsAnswer:
        return ModelsAnswer(models=models.facts())

    @app.post("/neighbours", summary="Find words that are near to words", **_answering(NeighboursAnswer))
    def find_neighbours(question: NeighboursQuestion) -> NeighboursAnswer:
        return answers.neighbours(*models.get(question.model), question)

    @app.post("/similarity", summary="Compare pairs of words", **_answering(SimilarityAnswer))
    def compare_words(question: SimilarityQuestion) -> SimilarityAnswer:
        return answers.similarity(*models.get(question.model), question)

    @app.post("/analogy", summary="Find words that are near to a sum of words", **_answering(AnalogyAnswer))
    def answer_analogy(question: AnalogyQuestion) -> AnalogyAnswer:
        return answers.analogy(*models.get(question.model), question)

    @app.post("/vectors", summary="Return the vectors of words", **_answering(VectorsAnswer))
    def return_vectors(question: VectorsQuestion) -> VectorsAnswer:
        return answers.vectors_of(*models.get(question.model), question)

    _add_errors(app)

    def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
        refusal = _refusal(event, tokens)
        if refusal:
            return {
                "statusCode": refusal.status_code, "headers": dict(refusal.headers), "body": refusal.body,
            }  # fmt: skip
        return app.resolve(event, context)

    return handle


def _refusal(event: dict[str, Any], tokens: Sequence[str]) -> Response[str] | None:
    """Return what to answer to a request whose body is not even to be looked at."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    if tokens and not (_asks_for_page(event) or shows_token(headers.get("authorization"), tokens)):
        return problem(
            401,
            "A token is needed",
            f"Send the header authorization: {SCHEME} TOKEN, with a token that this deployment knows.",
            headers={"WWW-Authenticate": SCHEME},
        )
    size = len(event.get("body") or "")
    if size > MOST_BYTES:
        return problem(413, TOO_LARGE, f"It has {size:,} characters; at most {MOST_BYTES:,} are taken.")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("", JSON):
        return problem(415, "The request is not JSON", f"Send JSON, with the header content-type: {JSON}.")
    return None


def _asks_for_page(event: dict[str, Any]) -> bool:
    asked = event["requestContext"]["http"]
    return bool(asked["method"] == "GET" and asked["path"] == PAGE)


def _parsed(text: str) -> Any:
    try:
        return parse_json(text)
    except json.JSONDecodeError:
        raise
    except ValueError as fault:  # it is nested too deeply, or has a number of thousands of digits
        raise json.JSONDecodeError(str(fault), "", 0) from None


def _add_errors(app: LambdaFunctionUrlResolver) -> None:
    @app.exception_handler(NoSuchModel)
    def no_such_model(fault: NoSuchModel) -> Response[str]:
        return problem(404, "There is no such model", str(fault))

    @app.exception_handler(NotReadable)
    def not_readable(fault: NotReadable) -> Response[str]:
        return problem(503, "The models can't be read now", str(fault))

    @app.exception_handler(RequestValidationError)
    def not_valid(fault: RequestValidationError) -> Response[str]:
        faults = [_fault_text(error) for error in fault.errors()]
        return problem(422, "The request is not valid", faults[0], faults[:_FAULTS_NAMED])

    @app.exception_handler(UnicodeDecodeError)
    def not_text(fault: UnicodeDecodeError) -> Response[str]:
        return problem(422, "The request is not valid", "the body is not JSON: it is not UTF-8")

    @app.exception_handler(ServiceError)
    def refused(fault: ServiceError) -> Response[str]:
        return problem(fault.status_code, "The request is not taken", str(fault.msg))

    @app.not_found
    def not_served(fault: NotFoundError) -> Response[str]:
        method, path = app.current_event.http_method, app.current_event.path
        if allowed := _methods(app).get(path):
            return problem(
                405,
                "The method is not allowed",
                f"{path} takes {allowed}, and not {plain(method, _SHOWN)}; GET / shows what can be asked.",
                headers={"Allow": allowed},
            )
        return problem(
            404,
            "There is no such path",
            f"{plain(f'{method} {path}', _SHOWN)} is not part of this API; GET / shows it.",
        )


@lru_cache(maxsize=1)
def _methods(app: LambdaFunctionUrlResolver) -> dict[str, str]:
    """Return the method that each path takes."""
    paths = app.get_openapi_schema().paths or {}
    return {PAGE: "GET"} | {path: "GET" if found.get else "POST" for path, found in paths.items()}


def problem(
    status: int,
    title: str,
    detail: str,
    faults: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Return an error as problem details."""
    told = Problem(title=title, status=status, detail=detail, faults=list(faults))
    return Response(
        status_code=status,
        content_type=PROBLEM,
        body=told.text(),
        headers=dict(headers or {}),
    )


def _fault_text(error: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in error.get("loc", ()) if part != "body")
    reason = (error.get("ctx") or {}).get("error") if error.get("type") == "json_invalid" else None
    said = str(error.get("msg", "is not valid")).removeprefix("Value error, ")
    said = f"the body is not JSON: {reason}" if reason else said
    return plain(f"{place}: {said}" if place and not reason else said, _SHOWN)


def _answering(answer: type[BaseModel]) -> dict[str, Any]:
    """Return what the API's page says of a request that is answered so."""
    described = {"description": "The answer", "content": {JSON: {"model": answer}}}
    return {"tags": ["questions"], "responses": {200: described, **_ERRORS}}


def _named(app: LambdaFunctionUrlResolver, next_middleware: NextMiddleware) -> Response[str]:
    """Give the page a name, and no icon to ask for."""
    page = next_middleware(app)
    if page.content_type == "text/html" and isinstance(page.body, str):
        page.body = page.body.replace(
            _TITLE, f'<title>{_NAME}</title>\n    <link rel="icon" href="data:,">', 1
        )
    return page
