"""Who may ask a server that is there for one person, on a machine where others may work, beside any page in a browser.

A key that is printed for that person is exchanged for a cookie. Cookies are of a host, not of a port: other servers on
127.0.0.1, be they another user's, are sent it as well. So it is bound to a folder with a name that they can't guess.
A page of another site can't send it (SameSite=Strict, and what browsers say of where a request comes from); one that
has its own name resolve to 127.0.0.1 gives itself away by the Host.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message

from wordvectors.loopback import HOST, NAMES

Headers = Mapping[str, str] | Message
COOKIE = "wordvectors"
_OURS = ("same-origin", "none")
"""What Sec-Fetch-Site is when our own page asks, or the person: by an address that was typed, or a bookmark."""


class Refused(Exception):
    """A request that is not answered; the message says why."""


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Guard:
    """What a server on a port of this machine demands of a request.

    Attributes
    ----------
    key : str
        Who has it may read and act.
    folder : str
        Under which all pages lie, with a slash at both ends.
    """

    port: int
    key: str = field(default_factory=_secret, repr=False)
    folder: str = field(default_factory=lambda: f"/{_secret()}/", repr=False)

    @property
    def address(self) -> str:
        """What a person opens: it has the key."""
        return f"http://{HOST}:{self.port}/?key={self.key}"

    @property
    def cookie(self) -> str:
        """What the key is exchanged for: the value of a Set-Cookie."""
        return f"{COOKIE}={self.key}; Path={self.folder}; HttpOnly; SameSite=Strict"

    def check_host(self, headers: Headers) -> None:
        """Refuse who does not ask this machine by one of its own names.

        Raises
        ------
        Refused
        """
        if headers.get("Host") not in self._hosts:
            raise Refused("this server answers to its own name only")

    def opens(self, key: str) -> bool:
        """Whether this is the key."""
        return hmac.compare_digest(key.encode(), self.key.encode())

    def check(self, headers: Headers, *, acts: bool) -> None:
        """Refuse whoever is not the person that the key was printed for, or acts for a page that is not ours.

        Parameters
        ----------
        acts
            Whether the request changes something: then it must say that it comes from our own page.

        Raises
        ------
        Refused
        """
        self.check_host(headers)
        if not any(self.opens(value) for value in _cookies(headers.get("Cookie", ""))):
            raise Refused("open the address that `wordvectors ui` has printed")
        if headers.get("Sec-Fetch-Site", "none") not in _OURS:
            raise Refused("this was asked for by a page of another site")
        origin = headers.get("Origin")
        if (origin is not None or acts) and origin != f"http://{headers.get('Host')}":
            raise Refused("this was asked for by a page of another site")

    @property
    def _hosts(self) -> tuple[str, ...]:
        return tuple(f"{name}:{self.port}" for name in NAMES)


def _cookies(header: str) -> list[str]:
    """Return the values of our cookie: another server of this machine may have set one of the same name."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return [value for name, _, value in pairs if name == COOKIE]
