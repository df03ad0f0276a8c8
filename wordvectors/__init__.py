"""wordvectors: turn a team's own text into word vectors, on AWS or on a laptop."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

__version__ = "0.2.0"


def load(
    source: str | Path,
    *,
    target: str = "local",
    profile: str | None = None,
    region: str | None = None,
    stack: str = "Wordvectors",
) -> Any:
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
        With gensim's verbs: `most_similar`, `similarity`, `doesnt_match`, `vectors["word"]`. A model with subwords
        answers for any word.

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
    if not import_module("wordvectors.runs.keys").may_mean_run(str(source)):
        raise import_module("wordvectors.vectors.files").VectorsFileError(f"{path}: there is no such file")
    import_module("wordvectors.extras").require("aws")  # the local cloud is asked by AWS's own client, too
    models = import_module("wordvectors.client.models")
    return models.load(str(source), target=target, profile=profile, region=region, stack=stack)
