"""An account with some runs, and their page."""

from __future__ import annotations

import pytest

from tests.unit.pages.runs import thirty_runs
from tests.unit.ui.serving import put_runs, served
from wordvectors.client.deployment import Deployment


@pytest.fixture
def place(account, session, outputs):
    """The deployment, with seven of the thirty runs."""
    place = Deployment(session, None, outputs)
    put_runs(place, [*thirty_runs()[:6], thirty_runs()[-1]])
    return place


@pytest.fixture
def site(place):
    """Its pages."""
    with served(place) as pages:
        yield pages
