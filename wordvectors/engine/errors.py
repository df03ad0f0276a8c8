"""What ends a training: its one error."""

from __future__ import annotations


class TrainingError(Exception):
    """A training that can't be done; the message is a sentence for the person who asked for it."""
