"""An account with some runs, and their page."""

from __future__ import annotations

import pytest

from tests.unit.pages.runs import thirty_runs
from tests.unit.ui.serving import served
from wordvectors.client.deployment import Deployment


@pytest.fixture
def place(account, session, outputs):
    """The deployment, with six of the thirty runs."""
    for run in [*thirty_runs()[:5], thirty_runs()[-1]]:
        account.runs.claim(run)
    return Deployment(session, None, outputs)


@pytest.fixture
def site(place):
    """Its pages."""
    with served(place) as pages:
        yield pages
