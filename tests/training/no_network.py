"""`sitecustomize` of a job whose network is isolated: whatever opens a socket fails."""

import sys
from pathlib import Path

Path(__file__).with_name("isolated").touch()


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith("socket."):
        raise RuntimeError(f"{event}: there is no network in a training job")


sys.addaudithook(_refuse)
