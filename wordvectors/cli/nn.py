"""`wordvectors nn`: ask a model word after word."""

from __future__ import annotations

import sys

from wordvectors.cli.models import Topn, Url, asked_vectors
from wordvectors.cli.nearest import as_data, nearest_of, neighbour_lists
from wordvectors.cli.output import AsJson, console, errors, print_json, show_lists
from wordvectors.cli.runs import RunArgument
from wordvectors.cli.standard_input import lines_typed_in
from wordvectors.cli.target import Connect, takes_deployment


@takes_deployment
def nn(
    run: RunArgument, deployment: Connect, topn: Topn = 10, url: Url = None, as_json: AsJson = False
) -> None:
    """Ask word after word for its nearest neighbours, with one model that stays open; Ctrl-D ends it.

    A line may hold several words. Without a terminal each line of standard input is answered; with --json by one line,
    an object as `neighbours --json` prints it, which is empty where no word has a vector.
    """
    vectors = asked_vectors(run, deployment, url)
    _prompt()
    for words in lines_typed_in():
        found, faults = nearest_of(vectors, words, topn)
        if as_json:
            print_json(as_data(found), indent=None)
        elif found:
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
