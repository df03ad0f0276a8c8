"""wordvectors: turn a team's own text into word vectors, on AWS or on a laptop."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

if TYPE_CHECKING:
    import pandas

    from wordvectors.api import Comparison, Pipeline, Wanted
    from wordvectors.client.remote import RemoteVectors
    from wordvectors.lifecycle.run import Run
    from wordvectors.vectors.word_vectors import WordVectors

__version__ = "0.2.0"
STACK = "Wordvectors"
"""What the names of a deployment's stacks begin with, unless its settings say otherwise."""


def load(
    source: str | Path,
    *,
    target: str = "local",
    profile: str | None = None,
    region: str | None = None,
    stack: str = STACK,
) -> WordVectors:
    """Load word vectors from a file or from a run; the second time at once.

    Parameters
    ----------
    source
        A file in word2vec's text or binary format or in fastText's, told by its content; a folder that
        `wordvectors download` made; or a run's id, the beginning of one, `latest`, or `@NAME` of a promoted one.
    target, profile, region, stack
        Where the run is, as on the command line: `local` or `aws`.

    Returns
    -------
    wordvectors.vectors.word_vectors.WordVectors
        With gensim's verbs: `most_similar`, `similarity`, `doesnt_match`, `vectors["word"]` and the rest. A model
        with subwords answers for any word.

    Raises
    ------
    VectorsFileError
        If the file can't be read; naming the place.
    NoModel
        If there is no such run, or it has no model.
    DeploymentNotFound
        If there is no pipeline to ask.
    MissingExtra
        If the packages are not installed that ask a pipeline.

    Examples
    --------
    >>> import wordvectors
    >>> wordvectors.load("latest").most_similar("family")   # doctest: +SKIP
    [('families', 0.81), ('children', 0.74)]
    """
    # The functions and the trainer import this package, and have no use for what loads vectors.
    path = Path(source)
    files = import_module("wordvectors.client.model_files")
    if path.is_dir():
        return files.load_folder(path)
    if path.is_file():
        return files.load_file(path)
    if not import_module("wordvectors.lifecycle.keys").may_mean_run(str(source)):
        raise import_module("wordvectors.vectors.files").VectorsFileError(f"{path}: there is no such file")
    import_module("wordvectors.extras").require("aws")  # the local cloud is asked by AWS's own client, too
    models = import_module("wordvectors.client.models")
    return models.load(str(source), target=target, profile=profile, region=region, stack=stack)


def connect(
    url: str,
    *,
    model: str = "latest",
    token: str | None = None,
    profile: str | None = None,
    region: str | None = None,
) -> RemoteVectors:
    """Ask a model that an address serves, with the verbs of one that is loaded.

    Parameters
    ----------
    url
        Of `wordvectors serve`, or of a deployment's function: a request to the latter is signed with AWS's credentials,
        or the local cloud's.
    model
        One of those that the address serves, or `@NAME` if it was promoted; `models()` lists them.
    token
        A token that the deployment knows, where it answers by tokens. Nothing is signed then.
    profile, region
        Whose credentials sign, and for which region, if the address does not say.

    Returns
    -------
    wordvectors.client.remote.RemoteVectors
        With `most_similar`, `most_similar_each`, `similarity`, `doesnt_match`, `vectors["word"]`, `models`.

    Raises
    ------
    ValueError
        If it is no address, or a token would travel there in the clear.
    MissingExtra
        If the packages are not installed that sign.

    Examples
    --------
    >>> import wordvectors
    >>> wordvectors.connect("http://127.0.0.1:8765").most_similar("family")   # doctest: +SKIP
    [('families', 0.81), ('children', 0.74)]
    """
    return import_module("wordvectors.client.remote").connect(
        url, model=model, token=token, profile=profile, region=region
    )


def pipeline(
    target: str = "local",
    *,
    profile: str | None = None,
    region: str | None = None,
    stack: str = STACK,
) -> Pipeline:
    """Return a deployment: to train with, and to ask for its runs.

    Parameters
    ----------
    target, profile, region, stack
        As on the command line: `local` or `aws`.

    Returns
    -------
    wordvectors.api.Pipeline
        `train`, `runs`, `best`, `compare`, `evaluate`, `load`.
    """
    return import_module("wordvectors.api").Pipeline(target, profile=profile, region=region, stack=stack)


def train(corpus: str | Path, **plan: Any) -> Run:
    """Train on a corpus in the local cloud, and follow the run to its end; see `wordvectors.api.Pipeline.train`.

    Examples
    --------
    >>> import wordvectors
    >>> run = wordvectors.train("blogs.txt", epochs=10, mode="skipgram")   # doctest: +SKIP
    >>> wordvectors.load(run.run_id).most_similar("family")               # doctest: +SKIP
    """
    return pipeline().train(corpus, **plan)


def runs(**wanted: Unpack[Wanted]) -> pandas.DataFrame | list[Run]:
    """Return the runs of the local cloud; see `wordvectors.api.Pipeline.runs`.

    Examples
    --------
    >>> import wordvectors
    >>> wordvectors.runs(corpus="blogs", by="mean_rho", limit=3)   # doctest: +SKIP
    """
    return pipeline().runs(**wanted)


def best(corpus: str, *, by: str = "mean_rho") -> Run:
    """Return a corpus's best run in the local cloud; see `wordvectors.api.Pipeline.best`."""
    return pipeline().best(corpus, by=by)


def compare(*runs: str | Run, probes: Sequence[str] = ()) -> Comparison:
    """Return what is to be said of several runs of the local cloud; see `wordvectors.api.Pipeline.compare`."""
    return pipeline().compare(*runs, probes=probes)


def evaluate(run: str | Run, sets: str | Sequence[str] = ()) -> Run:
    """Score the model of a run of the local cloud on evaluation sets; see `wordvectors.api.Pipeline.evaluate`."""
    return pipeline().evaluate(run, sets)
