"""What the pages of a deployment say, by the paths under which they are asked for."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from wordvectors.client import texts
from wordvectors.client.comparing import compare_runs
from wordvectors.client.deployment import Deployment
from wordvectors.client.models import NoModel, vectors_of
from wordvectors.lifecycle.keys import REPORT, is_run_id, run_key
from wordvectors.lifecycle.run import Run
from wordvectors.pages.compare import compare_page
from wordvectors.pages.runs import Live, runs_page
from wordvectors.pages.texts import texts_page
from wordvectors.pages.tuning.page import tuning_page
from wordvectors.ui.actions import ACTIONS, Outcome, Wish, act

MOST_COMPARED, MOST_TUNINGS = 8, 50
MOST_RUNS = 1_000
"""Shown: each look reads as many rows of the table."""
_LOCAL_SECONDS, _AWS_SECONDS = 2.0, 10.0
"""Between two looks at the table, however many pages ask; in AWS each costs reads."""
HTML = "text/html; charset=utf-8"
SANDBOX = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:"
)
"""What a browser lets a page from the bucket do, whoever wrote it: draw itself, give files to keep, and ask nobody, not
even us."""


class NotThere(LookupError):
    """There is no such page; the message says what is missing."""


@dataclass(frozen=True)
class Page:
    """What is answered; `policy` is its Content-Security-Policy beside what all pages have."""

    body: bytes
    kind: str = HTML
    policy: str = ""

    @property
    def tag(self) -> str:
        """The page's ETag."""
        return f'"{sha256(self.body).hexdigest()[:32]}"'


NOTHING = Page(b"")


class Site:
    """The pages of one deployment, asked for by several threads."""

    def __init__(self, place: Deployment) -> None:
        self.place = place
        self._seconds = _LOCAL_SECONDS if place.is_local else _AWS_SECONDS
        self._where = "the local cloud on this machine" if place.is_local else f"AWS, {place.region}"
        self._looking, self._acting = threading.Lock(), threading.Lock()
        self._comparing = threading.Lock()
        self._looked_at = float("-inf")
        self._seen: list[Run] | None = None
        self._page = NOTHING
        # Clients are made by one thread at a time, since boto3's sessions are not for several: these here, and what
        # actions need while they have the lock.
        self._warm = (place.runs, place.bucket, place.tunings)

    def page(self, path: str, chosen: Sequence[str] = ()) -> Page:
        """Return a page.

        Parameters
        ----------
        path
            Below the folder of all pages; empty for the first one.
        chosen
            Runs, for a page that is about some.

        Raises
        ------
        NotThere
        """
        if path == "":
            return self._runs()
        if path == "compare":
            return self._comparison(chosen)
        if path == "texts":
            return self._texts()
        name, _, run_id = path.partition("/")
        if name == "report" and is_run_id(run_id):
            return self._report(run_id)
        if name == "tuning" and is_run_id(run_id) and (tuning := self.place.tunings.get(run_id)) is not None:
            return Page(tuning_page(tuning).encode(), policy=SANDBOX)
        raise NotThere("There is no such page.")

    def act(self, action: str, wish: Wish) -> Outcome:
        """Carry out a wish; the next page shows what it has changed.

        Raises
        ------
        NotThere
        """
        if action not in ACTIONS:
            raise NotThere("There is no such action.")
        with self._acting:
            outcome = act(self.place, action, wish)
        with self._looking:
            self._looked_at = float("-inf")
        return outcome

    def _runs(self) -> Page:
        with self._looking:
            if time.monotonic() - self._looked_at >= self._seconds * 0.9:
                runs = list(itertools.islice(self.place.runs.newest(), MOST_RUNS + 1))
                self._looked_at = time.monotonic()
                if runs != self._seen:
                    most = MOST_RUNS if len(runs) > MOST_RUNS else None
                    live = Live(self._where, self._seconds, most)
                    self._page = Page(runs_page(runs[:MOST_RUNS], live).encode())
                    self._seen = runs
            return self._page

    def _report(self, run_id: str) -> Page:
        try:
            report = self.place.bucket.open(run_key(run_id, REPORT)).read()
        except FileNotFoundError as missing:
            raise NotThere(f"{run_id} has no report: there is no object {missing}.") from None
        return Page(report, policy=SANDBOX)

    def _texts(self) -> Page:
        runs = list(itertools.islice(self.place.runs.newest(), MOST_RUNS))
        tunings = list(itertools.islice(self.place.tunings.newest(), MOST_TUNINGS))
        held = texts.corpora(self.place, runs)
        return Page(texts_page(held, texts.cleanings(self.place), tunings).encode())

    def _comparison(self, chosen: Sequence[str]) -> Page:
        ids = list(dict.fromkeys(chosen))
        if not 2 <= len(ids) <= MOST_COMPARED:
            raise NotThere(f"Choose 2 to {MOST_COMPARED} runs to compare.")
        found = [self.place.runs.get(run_id) if is_run_id(run_id) else None for run_id in ids]
        runs = [run for run in found if run is not None]
        if len(runs) < len(ids):
            raise NotThere("One of these runs is not there any more.")
        try:
            with self._comparing:  # each takes all processors
                models = [vectors_of(run.run_id, lambda: self.place) for run in runs]
                return Page(compare_page(compare_runs(self.place, runs, models), of_runs=True).encode())
        except NoModel as missing:
            raise NotThere(f"{missing}.") from missing
