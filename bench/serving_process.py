"""Processes of their own of the bench of serving: what a start takes, what memory it holds, and many who ask at a time.

`start NAME FILE WORD` opens a model, answers once, says by a line of JSON what that took, and ends when its input does.
`ask URL ASKERS SECONDS FILE` has so many ask on for the words of a file, and says how long each answer took.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit


def open_model(name: str, file: str) -> Callable[[str], object]:
    """Return what answers from a file: as `wordvectors serve` does, or gensim with its own file mapped."""
    if name == "gensim":
        from gensim.models import KeyedVectors

        vectors = KeyedVectors.load(file, mmap="r")
        return vectors.most_similar
    from wordvectors.serving.events import url_event
    from wordvectors.serving.handler import request_handler
    from wordvectors.serving.models import OneModel
    from wordvectors.vectors.word_vectors import WordVectors

    handle = request_handler(OneModel("made-up", WordVectors.open(file)))

    def answer(word: str) -> object:
        body = json.dumps({"words": [word]}).encode()
        answered = handle(url_event("POST", "/neighbours", {}, body), None)
        assert answered["statusCode"] == 200, answered
        return answered

    return answer


def memory() -> dict[str, int]:
    """Return the bytes that this process holds alone, and those that it shares."""
    rows = dict(re.findall(r"^(\w+): +(\d+) kB$", Path("/proc/self/smaps_rollup").read_text(), re.M))
    shared, private = (
        1024 * (int(rows[f"{kind}_Clean"]) + int(rows[f"{kind}_Dirty"])) for kind in ("Shared", "Private")
    )
    return {"shared_bytes": shared, "private_bytes": private}


def ask(url: str, askers: int, seconds: float, words: list[str]) -> dict[str, list]:
    """Return how long each question took, by the clock, and the faults."""
    took: list[float] = []
    errors: list[str] = []
    until = time.perf_counter() + seconds

    def ask_on(asker: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        numbers = random.Random(asker)
        while time.perf_counter() < until:
            body = json.dumps({"words": [numbers.choice(words)]})
            began = time.perf_counter()
            try:
                connection.request("POST", "/neighbours", body, {"content-type": "application/json"})
                answer = connection.getresponse()
                content = json.loads(answer.read())
            except (OSError, http.client.HTTPException) as fault:
                errors.append(repr(fault))
                connection.close()
                continue
            took.append(time.perf_counter() - began)
            if [len(one["neighbours"]) for one in content.get("answers", [])] != [10]:
                errors.append(f"{answer.status}: {str(content)[:200]}")
        connection.close()

    with ThreadPoolExecutor(askers) as pool:
        list(pool.map(ask_on, range(askers)))
    return {"took": took, "errors": errors}


def main(arguments: list[str]) -> None:
    """Do what is asked for, and print it."""
    if arguments[0] == "ask":
        url, askers, seconds, file = arguments[1:]
        print(json.dumps(ask(url, int(askers), float(seconds), json.loads(Path(file).read_text()))))
        return
    name, file, word = arguments[1:]
    open_model(name, file)(word)
    print(json.dumps({"cpu_seconds": time.process_time()}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(memory()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
