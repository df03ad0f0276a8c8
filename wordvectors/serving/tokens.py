"""Tokens for people without AWS credentials: a deployment keeps only their SHA-256."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

TOKEN_VARIABLE = "WORDVECTORS_TOKEN"
"""Where the command line looks for the token that goes with `--url`."""
SCHEME = "Bearer"


def bearer(token: str) -> dict[str, str]:
    """Return the header that shows a token (RFC 6750).

    Raises
    ------
    ValueError
        If the text can't be a token.
    """
    if not token or not all("!" <= sign <= "~" for sign in token):
        raise ValueError("the token is empty, or has blanks or signs outside of ASCII")
    return {"authorization": f"{SCHEME} {token}"}


def token_hash(token: str) -> str:
    """Return the SHA-256 of a token, in hex."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def shows_token(authorization: str | None, hashes: Sequence[str]) -> bool:
    """Whether a header shows one of the tokens; it takes the same time whichever, and however much of it, is right."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    given = token_hash(token.strip())
    right = [hmac.compare_digest(given, known) for known in hashes]
    return scheme.lower() == SCHEME.lower() and any(right)
