"""Whether the local cloud's own server answers at its address, and not another program that took the port."""

from __future__ import annotations

import hmac
import secrets
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from wordvectors import __version__
from wordvectors.json_text import parse_json

PROOF_PATH = "/_wordvectors/server"
UNKNOWN_VERSION = "an earlier version"
"""What started a server that does not say its version."""
_SECONDS = 5.0


class AnotherServer(Exception):
    """What answers does not know the local cloud's secret."""


def version_fault(started_by: str) -> str | None:
    """Return what is wrong with a server that was started by another version of the project than this one."""
    if started_by == __version__:
        return None
    return (
        f"The local cloud was started by {started_by}, and this is {__version__}. `wordvectors local stop` "
        "and `wordvectors local start` bring it to this version; its runs are kept."
    )


def proof(secret: str, port: int, nonce: str) -> str:
    """Return the keyed answer to a nonce. It includes the port: no other server can pass on what ours answered."""
    return hmac.digest(secret.encode(), f"{port}:{nonce}".encode(), "sha256").hex()


def check_server(endpoint_url: str, secret: str) -> None:
    """Ask the server to prove, without being sent anything worth having, that it knows the secret.

    Raises
    ------
    AnotherServer
        When it can't.
    OSError
        When nothing answers.
    """
    nonce, port = secrets.token_hex(16), urlsplit(endpoint_url).port or 0
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{endpoint_url}{PROOF_PATH}?nonce={nonce}", timeout=_SECONDS) as answer:
            text = answer.read(1024)
    except urllib.error.HTTPError:  # an OSError, though something has answered
        text = b""
    try:
        given = str(parse_json(text)["proof"])
    except (ValueError, KeyError, TypeError):
        given = ""
    if not hmac.compare_digest(given.encode(), proof(secret, port, nonce).encode()):
        raise AnotherServer(f"{endpoint_url} is answered by another program than the local cloud.")
