"""`wordvectors ui`: all runs on a page in the browser."""

from __future__ import annotations

import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from wordvectors.cli import interrupt
from wordvectors.cli.output import console, errors
from wordvectors.cli.serve import Port, listening_on
from wordvectors.cli.target import Connect, takes_deployment

_USUAL_PORT = 8766


@takes_deployment
def ui(
    deployment: Connect,
    port: Port = _USUAL_PORT,
    opens: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
) -> None:
    """Show all runs on a page in the browser, up to date, until Ctrl-C.

    The address that is printed has a key: anyone who has it can do what you can. Only this machine can connect.
    """
    from wordvectors.ui.server import PageServer

    place = deployment()
    server = listening_on(port, lambda port: PageServer(place, port))
    with server, interrupt.says("The page is no longer served."):
        address = server.guard.address
        console.show(f"{address}  (Ctrl-C ends it)")
        with _leading_to(address) as file:
            if opens and not webbrowser.open(file.as_uri()):
                errors.warn("No browser could be started. Open the address in one.")
            server.serve_forever()


@contextmanager
def _leading_to(address: str) -> Iterator[Path]:
    """Write a page that leads to an address, which only this user can read.

    The arguments of the browser's process can be read by all users of the machine, and the address has the key.
    """
    from wordvectors.client.home import wordvectors_home
    from wordvectors.pages.message import leading_page

    wordvectors_home().mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=wordvectors_home(), prefix="ui-", suffix=".html") as file:
        file.write(leading_page(address).encode())
        file.flush()
        yield Path(file.name).resolve()
