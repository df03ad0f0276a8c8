"""What the benches' options take: numbers and paths that can be used, before anything is measured."""

from __future__ import annotations

import argparse
from pathlib import Path

SETS_HELP = "a folder with EN-MEN-TR-3k.txt, EN-MTurk-771.txt and EN-RW-STANFORD.txt"


def count_option(given: str) -> int:
    """Return a number of things, at least one."""
    if not given.isdecimal() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"{given} is no number of 1 or more")
    return int(given)


def file_option(given: str) -> Path:
    """Return the path of a file that holds something."""
    path = Path(given)
    if not path.is_file() or not path.stat().st_size:
        raise argparse.ArgumentTypeError(f"{given} is {'empty' if path.is_file() else 'not a file'}")
    return path.resolve()


def folder_option(given: str) -> Path:
    """Return the path of a folder."""
    path = Path(given)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{given} is not a folder")
    return path


def results_option(given: str) -> Path:
    """Return the path of a file to be written, in a folder that is there now."""
    path = Path(given)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise argparse.ArgumentTypeError(f"{path.parent}: {fault.strerror}") from None
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{given} is a folder")
    return path


def also_option(given: str) -> tuple[str, str]:
    """Return another program's name and its binary, from NAME=BINARY."""
    name, _, binary = given.partition("=")
    if not name or not Path(binary).is_file():
        raise argparse.ArgumentTypeError(f"{given}: give NAME=BINARY, and the path of a program that exists")
    return name, str(Path(binary).resolve())
