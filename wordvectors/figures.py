"""Figures as a person reads them."""

from __future__ import annotations

from datetime import UTC, datetime


def duration(seconds: float) -> str:
    """Return seconds as a person says them.

    Examples
    --------
    >>> duration(29.84), duration(90), duration(7_260)
    ('29.8 s', '1 min 30 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min" + (f" {rest} s" if rest else "")
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h" + (f" {minutes} min" if minutes else "")


def rho(value: float | None, places: int = 4) -> str:
    """Return a correlation or a cosine."""
    return "–" if value is None else f"{value:.{places}f}".replace("-", "−")


def signed(value: float, places: int = 0) -> str:
    """Return a difference with its sign."""
    return f"{value:+.{places}f}".replace("-", "−")


def probability(p: float) -> str:
    """Return a p-value, which is never 0.

    Examples
    --------
    >>> probability(0.03), probability(2e-11)
    ('0.0300', '<0.0001')
    """
    return f"{p:.4f}" if p >= 0.00005 else "<0.0001"


def millions(value: float) -> str:
    """Return a speed in words a person reads at a glance."""
    return f"{value / 1e6:.3g} M" if value >= 1e5 else f"{value / 1e3:.3g} k"


def seconds(value: float | None) -> str:
    """Return a duration, or nothing."""
    return "" if value is None else "under 0.1 s" if value < 0.1 else duration(value)


def size(count: int | None) -> str:
    """Return a number of bytes in the unit that fits, or nothing.

    Examples
    --------
    >>> size(2_901_234), size(512), size(None)
    ('2.9 MB', '512 bytes', '')
    """
    if count is None:
        return ""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:,.1f} {unit}"
    return f"{count} bytes"


def moment(iso: str | None) -> str:
    """Return a moment to the second, in UTC, as the table holds it."""
    return "" if not iso else f"{iso[:19].replace('T', ' ')} UTC"


def moment_of_seconds(since_1970: float) -> str:
    """Return a moment that is given in seconds since 1970, as `moment` does."""
    return moment(datetime.fromtimestamp(since_1970, UTC).isoformat())


def plain_value(value: object) -> str:
    """Return a hyperparameter as it is written in a plan."""
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
