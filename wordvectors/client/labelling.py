"""Write notes and tags on runs, if they are such as can be written."""

from __future__ import annotations

from collections.abc import Collection

from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.labels import MOST_TAGS, label_faults
from wordvectors.lifecycle.run import Run


class NotLabelled(Exception):
    """Nothing was written; `faults` say why, one by one."""

    def __init__(self, faults: list[str], advice: str | None = None) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
        self.advice = advice


def refuse_faults(tags: Collection[str], note: str | None = None) -> None:
    """Raise NotLabelled for tags and a note that can't be written."""
    if faults := label_faults(tags, note):
        raise NotLabelled(faults)


def write_note(deployment: Deployment, run: Run, text: str) -> None:
    """Write a note on a run in place of the one before; an empty one takes it away.

    Raises
    ------
    NotLabelled
    """
    refuse_faults([], text)
    if not deployment.labels.note(run.run_id, text):
        raise NotLabelled([_removed(run)])


def add_tags(deployment: Deployment, run: Run, tags: Collection[str]) -> tuple[str, ...]:
    """Add tags to a run, and return all that it has then.

    Raises
    ------
    NotLabelled
    """
    refuse_faults(sorted(set(tags)))
    new = sorted(set(tags) - set(run.tags))
    done = not new or deployment.labels.tag(run.run_id, new)
    has = _tags(deployment, run)
    if not done:
        raise NotLabelled(
            [
                f"{run.run_id} has {len(has)} tags and would have {len(has) + len(new)}; "
                f"at most {MOST_TAGS} are allowed"
            ],
            "`wordvectors tag --remove` takes some away.",
        )
    return has


def take_tags(deployment: Deployment, run: Run, tags: Collection[str]) -> tuple[str, ...]:
    """Take tags from a run, and return those that it has then.

    Raises
    ------
    NotLabelled
    """
    possible = sorted(tag for tag in set(tags) if not label_faults([tag]))  # no run has others
    if possible:
        deployment.labels.untag(run.run_id, possible)
    return _tags(deployment, run)


def _tags(deployment: Deployment, run: Run) -> tuple[str, ...]:
    now = deployment.runs.get(run.run_id)
    if now is None:
        raise NotLabelled([_removed(run)])
    return now.tags


def _removed(run: Run) -> str:
    return f"{run.run_id} was removed in the meantime"
