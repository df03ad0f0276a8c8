"""`wordvectors serve`: the API of a model, on this machine."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from wordvectors.cli import interrupt
from wordvectors.cli.completion import runs_beginning
from wordvectors.cli.models import run_vectors
from wordvectors.cli.output import CommandError, console
from wordvectors.cli.runs import find_run
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.extras import require
from wordvectors.lifecycle.keys import LATEST, marked

if TYPE_CHECKING:
    from wordvectors.serving.models import OneModel

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0 for a free one.")]
Server = TypeVar("Server")
_USUAL_PORT = 8765


@takes_deployment
def serve(
    model: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A run, as other commands take it; or a file of vectors.",
            autocompletion=runs_beginning,
        ),
    ],
    deployment: Connect,
    port: Port = _USUAL_PORT,
) -> None:
    """Answer over HTTP for a model on this machine: neighbours, similarity, analogies, vectors.

    Only this machine can connect. The address itself shows a page with what can be asked.
    """
    require("serve")
    from wordvectors.loopback import HOST
    from wordvectors.serving.handler import request_handler
    from wordvectors.serving.local_server import server

    served = _model(model, deployment)
    listening = listening_on(port, lambda port: server(request_handler(served), port))
    with listening, interrupt.says("The model is no longer served."):
        name, vectors = served.get(LATEST)
        console.show(f"{name}: {len(vectors):,} words × {vectors.vector_size}")
        console.show(f"http://{HOST}:{listening.server_port}/  (Ctrl-C ends it)")
        sys.stdout.flush()  # into a pipe, too, while it serves
        listening.serve_forever()


def listening_on(port: int, make: Callable[[int], Server]) -> Server:
    """Return the server that listens on a port; CommandError if the port can't be had."""
    try:
        return make(port)
    except OSError as fault:
        reason = "it is in use" if fault.errno == errno.EADDRINUSE else fault.strerror or str(fault)
        raise CommandError(
            f"Port {port} can't be listened on", [reason], "Choose another with --port."
        ) from None


def _model(wanted: str, deployment: Connect) -> OneModel:
    from wordvectors.serving.models import OneModel

    path = Path(wanted)
    if path.exists():
        from wordvectors.client.model_files import load_file, load_folder
        from wordvectors.vectors.files import VectorsFileError

        try:
            vectors = load_folder(path) if path.is_dir() else load_file(path)
        except VectorsFileError as fault:
            raise CommandError("The model can't be read", [str(fault)]) from fault
        return OneModel(path.resolve().name.removesuffix(".safetensors"), vectors)
    place = deployment()
    run = find_run(place, wanted, with_model=True)
    return OneModel(run.run_id, run_vectors(run.run_id, lambda: place), marked(run.promoted_as))
