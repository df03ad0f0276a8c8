"""Whether the local cloud's own server answers at its address, and not another program that took the port."""

from __future__ import annotations

import hmac
import secrets
import urllib.request

from wordvectors.json_text import parse_json

PROOF_PATH = "/_wordvectors/server"
_SECONDS = 5.0


class AnotherServer(Exception):
    """What answers does not know the local cloud's secret."""


def proof(secret: str, port: int, nonce: str) -> str:
    """Return the keyed answer to a nonce; the port is in it, so that nobody else's server can pass it on."""
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
    nonce = secrets.token_hex(16)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    port = int(endpoint_url.rpartition(":")[2])
    with direct.open(f"{endpoint_url}{PROOF_PATH}?nonce={nonce}", timeout=_SECONDS) as answer:
        text = answer.read(1024)
    try:
        given = str(parse_json(text)["proof"])
    except (ValueError, KeyError, TypeError):
        given = ""
    if not hmac.compare_digest(given.encode(), proof(secret, port, nonce).encode()):
        raise AnotherServer(f"{endpoint_url} is answered by another program than the local cloud.")
