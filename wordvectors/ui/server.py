"""The pages over HTTP on 127.0.0.1, to the one who has the key."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote

from pydantic import ValidationError

from wordvectors.aws.errors import service_fault
from wordvectors.aws.unreadable import UnreadableObject
from wordvectors.client.deployment import Deployment
from wordvectors.loopback import LoopbackServer, did_not_answer
from wordvectors.pages.message import leading_page, message_page
from wordvectors.ui.actions import Wish
from wordvectors.ui.guard import Guard, Refused
from wordvectors.ui.site import NOTHING, NotThere, Page, Site

JSON = "application/json"
_MOST_BYTES = 64 * 1024
"""Of a request's body."""
_SECONDS = 30
"""In which a request must have come in."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_POLICY = "frame-ancestors 'none'"
"""Of each page, which a page can't say of itself; the rest it does."""


@dataclass(frozen=True)
class Answer:
    """A response: a page, or that it is unchanged."""

    status: HTTPStatus
    page: Page = NOTHING
    cookie: str = ""


class PageServer(LoopbackServer):
    """Serves a deployment's pages on a port of this machine; port 0 takes a free one.

    Raises
    ------
    OSError
        If the port is taken.
    """

    def __init__(self, place: Deployment, port: int) -> None:
        super().__init__(port, _Requests)
        self.guard = Guard(self.server_port)
        self.site = Site(place)


class _Requests(BaseHTTPRequestHandler):
    server: PageServer
    timeout = _SECONDS

    def do_GET(self) -> None:
        self._answer(self._get)

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        self._answer(self._post)

    def log_message(self, format: str, *values: object) -> None:
        """Requests are not shown: the key is in one of them."""

    def version_string(self) -> str:
        return "wordvectors"

    def _answer(self, find: Callable[[], Answer]) -> None:
        try:
            answer = find()
        except Refused as why:
            answer = _message(HTTPStatus.FORBIDDEN, "Not for you", f"{why}.")
        except (NotThere, UnreadableObject) as why:
            answer = _message(HTTPStatus.NOT_FOUND, "Not there", str(why))
        except Exception as error:
            answer = _failed(error)
        self._send(answer)

    def _get(self) -> Answer:
        guard = self.server.guard
        guard.check_host(self.headers)
        path, _, asked = self.path.partition("?")
        query = parse_qs(asked)
        if path == "/" and guard.opens(query.get("key", [""])[0]):
            # A page, and no redirection: with one, a browser that came here from elsewhere would send no cookie.
            return Answer(HTTPStatus.OK, Page(leading_page(guard.folder).encode()), guard.cookie)
        guard.check(self.headers, acts=False)
        page = self.server.site.page(self._below(path), query.get("run", []))
        if self.headers.get("If-None-Match") == page.tag:
            return Answer(HTTPStatus.NOT_MODIFIED)
        return Answer(HTTPStatus.OK, page)

    def _post(self) -> Answer:
        self.server.guard.check(self.headers, acts=True)
        size = self.headers.get("Content-Length", "")
        if self.headers.get_content_type() != JSON or not size.isascii() or not size.isdigit():
            return _message(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Not taken", "Send JSON, with its length.")
        if len(size) > len(str(_MOST_BYTES)) or int(size) > _MOST_BYTES:
            return _message(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Not taken", "That is too much at once.")
        body = self.rfile.read(int(size))
        place, _, action = self._below(self.path).partition("/")
        if place != "do":
            raise NotThere("There is no such page.")
        try:
            wish = Wish.model_validate_json(body)
        except ValidationError as fault:
            said = (f"{'.'.join(map(str, each['loc'])) or 'it'}: {each['msg']}" for each in fault.errors())
            return _message(HTTPStatus.UNPROCESSABLE_ENTITY, "Not understood", "; ".join(said))
        outcome = self.server.site.act(action, wish)
        return Answer(HTTPStatus.OK, Page(outcome.model_dump_json().encode(), JSON))

    def _below(self, path: str) -> str:
        if not path.startswith(self.server.guard.folder):
            raise NotThere("There is no such page.")
        return unquote(path.removeprefix(self.server.guard.folder))

    def _send(self, answer: Answer) -> None:
        page = answer.page
        self.send_response(answer.status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Security-Policy", "; ".join(filter(None, (_POLICY, page.policy))))
        if answer.cookie:
            self.send_header("Set-Cookie", answer.cookie)
        if answer.status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", page.kind)
            self.send_header("Content-Length", str(len(page.body)))
            self.send_header("ETag", page.tag)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body)


def _failed(error: Exception) -> Answer:
    """Say what AWS did not do, or that the local cloud is gone; the terminal is told of an error of our own making."""
    if did_not_answer(error):
        advice = "`wordvectors local start` starts it again."
        return _message(HTTPStatus.BAD_GATEWAY, "The local cloud does not answer", advice)
    if (said := service_fault(error)) is not None:
        return _message(HTTPStatus.BAD_GATEWAY, "AWS did not do what was asked", said)
    traceback.print_exception(error)
    return _message(
        HTTPStatus.INTERNAL_SERVER_ERROR, "An error", "The terminal of `wordvectors ui` says more."
    )


def _message(status: HTTPStatus, title: str, sentence: str) -> Answer:
    return Answer(status, Page(message_page(title, [sentence]).encode()))
