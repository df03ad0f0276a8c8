"""What the readers and writers of vector files share."""

from __future__ import annotations

END_OF_SENTENCE = "</s>"
"""fastText's mark for the end of a sentence. Its dictionary counts one per line, so that it may stand
among the words of a file; it is no word, and no one looks for its neighbours."""


class VectorsFileError(ValueError):
    """A vector file that can't be read; the message names the file, the place and what is wrong there."""
