"""How a page is written: Jinja2's templates, in which each text from outside is one plain line and is escaped."""

from __future__ import annotations

import base64
import hashlib
import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from wordvectors import figures
from wordvectors.evaluation.certainty import TOO_FEW
from wordvectors.lifecycle.cost import cost_there, short_cost
from wordvectors.lifecycle.forecast import held_text
from wordvectors.plain_text import plain

_INTERVAL = re.compile(r"(\[[−+]?\d\.\d+,) (?=[−+]?\d\.\d+\])")


def render(template: str, **contents: object) -> str:
    """Return the page that a template makes of its contents.

    Whatever words, names and tags hold is text; what a template asks for and does not get is an error.

    Raises
    ------
    jinja2.UndefinedError
        A template names what its contents do not have.
    """
    return _environment.get_template(template).render(contents)


def source(name: str) -> Markup:
    """Return a style or a script, to stand in a page as it is."""
    loader = _environment.loader
    assert loader is not None
    return Markup(loader.get_source(_environment, name)[0])


def policy_hash(content: str) -> str:
    """Return what a Content-Security-Policy knows an inline script or style by (CSP Level 2, 4.2.5)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def unbroken(text: str) -> str:
    """Return a text in which no line ends within an interval.

    Examples
    --------
    >>> unbroken("0.5 [−0.24, 0.32] 65%")
    '0.5 [−0.24,\\xa00.32] 65%'
    """
    return _INTERVAL.sub("\\1\u00a0", text)


def _text(value: object) -> object:
    """Return what stands in a template's braces as a line of bounded length; what is HTML already stays so."""
    return value if isinstance(value, Markup) else plain(value)


_environment = Environment(
    loader=PackageLoader("wordvectors.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_text,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.policies["json.dumps_kwargs"] = {
    "ensure_ascii": False,
    "separators": (",", ":"),
    "allow_nan": False,
}
_environment.globals["too_few"] = TOO_FEW
_environment.filters |= {
    "source": source,
    "unbroken": unbroken,
    "policy_hash": policy_hash,
    "cost_there": cost_there,
    "short_cost": short_cost,
    "held_text": held_text,
    **{
        figure.__name__: figure
        for figure in (
            figures.duration, figures.millions, figures.moment, figures.plain_value, figures.rho,
            figures.seconds, figures.signed, figures.size,
        )
    },
}  # fmt: skip
