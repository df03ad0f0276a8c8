"""The pages of an account, served in this process."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.run import Run
from wordvectors.ui.server import PageServer


@dataclass(frozen=True)
class Response:
    """What a server has answered."""

    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass(frozen=True)
class Served:
    """A server, and requests as a browser that has the key would make them; a header that is None is left out."""

    server: PageServer

    @property
    def cookie(self) -> str:
        """What the browser has been given."""
        return self.server.guard.cookie.partition(";")[0]

    @property
    def host(self) -> str:
        """The server's own name."""
        return f"127.0.0.1:{self.server.server_port}"

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str | None) -> Response:
        """Make a request for a path below the folder, or for a whole one."""
        given = {
            "Host": self.host,
            "Cookie": self.cookie,
            "Origin": None if method == "GET" else f"http://{self.host}",
        }
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        if method != "GET":
            given.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=10)
        whole = path if path.startswith(("/", "http:")) else self.server.guard.folder + path
        connection.putrequest(method, whole, skip_host=True)
        for name, value in given.items():
            if value is not None:
                connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body.encode())))
        connection.endheaders(None if body is None else body.encode())
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return Response(answer.status, answer.headers, text)


@contextmanager
def served(place: Deployment) -> Iterator[Served]:
    """Serve a deployment's pages on a free port."""
    with PageServer(place, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield Served(server)
        server.shutdown()
        thread.join()


def put_runs(place: Deployment, runs: list[Run]) -> None:
    """Write runs into the table, with their tags as the table has them."""
    for run in runs:
        place.runs.claim(Run.of_row({name: value for name, value in run.to_json().items() if name != "tags"}))
        if run.tags:
            place.labels.tag(run.run_id, run.tags)


def said(response: Response) -> str:
    """Return the text of a page without its markup."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", response.text, flags=re.DOTALL).split())
