"""The input channels of a training job: the folders below `/opt/ml/input/data`."""

from __future__ import annotations

TRAIN = "train"
"""The corpus."""
SET = "set-"
"""Begins the name of a channel that brings an evaluation set of the user's own, and ends in its number from 1."""
CODE, PACKAGES = "code", "packages"
"""The project's own engine: this library, and what it needs beside the packages of the image that it runs in."""
