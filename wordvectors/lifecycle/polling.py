"""How long to wait before the next look at a training job."""

from __future__ import annotations

MAX_POLLS = 2_000
"""A Standard execution holds 25,000 history events, and one look takes about ten of them."""


def next_wait(
    *, elapsed: float, percent: float | None, polls: int, least: int, greatest: int, max_runtime: int
) -> int:
    """Return the whole seconds to wait: about half of the time that remains.

    Half of what remains needs few looks on a long job and none is far off near its end. Before there is
    progress to judge by, the wait grows with the time that has passed. Half of `MAX_POLLS` may be spent
    as freely as that; from then on the rest is spread over the longest time the job may still run.

    Parameters
    ----------
    elapsed
        Seconds since training started, or since the job was created if it has not.
    percent
        Progress, 0 to 100, if any was reported.
    polls
        Looks so far.
    least, greatest
        The deployment's bounds in seconds.
    max_runtime
        Seconds after which SageMaker stops the job.

    Examples
    --------
    >>> next_wait(elapsed=60, percent=25.0, polls=3, least=15, greatest=300, max_runtime=86_400)
    90
    """
    wait = elapsed * (100 - percent) / percent / 2 if percent else elapsed / 2
    wait = min(max(wait, least), greatest)
    if polls >= MAX_POLLS // 2:
        wait = max(wait, (max_runtime - elapsed) / max(MAX_POLLS - polls, 1))
    return round(wait)
