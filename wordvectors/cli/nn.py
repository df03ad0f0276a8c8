"""`wordvectors nn`: ask a model word after word."""

from __future__ import annotations

import sys

from wordvectors.cli.models import Topn, Url, asked_vectors
from wordvectors.cli.nearest import nearest_of, neighbour_lists
from wordvectors.cli.output import console, errors, show_lists
from wordvectors.cli.runs import RunArgument
from wordvectors.cli.standard_input import lines_typed_in
from wordvectors.cli.target import Connect, takes_deployment


@takes_deployment
def nn(run: RunArgument, deployment: Connect, topn: Topn = 10, url: Url = None) -> None:
    """Ask word after word for its nearest neighbours, with one model that stays open; Ctrl-D ends it.

    A line may hold several words. Without a terminal each line of standard input is answered.
    """
    vectors = asked_vectors(run, deployment, url)
    _prompt()
    for words in lines_typed_in():
        found, faults = nearest_of(vectors, words, topn)
        if found:
            show_lists(neighbour_lists(found))
        for fault in faults:
            errors.warn(fault)
        _prompt()
    if sys.stdin.isatty():
        console.show()


def _prompt() -> None:
    if sys.stdin.isatty():
        sys.stdout.write("Word? ")
        sys.stdout.flush()
