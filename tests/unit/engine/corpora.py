"""Small corpora with something to learn."""

from __future__ import annotations

import random

ANIMALS = ["cat", "dog", "horse", "tiger", "bird"]
FOODS = ["bread", "butter", "cheese", "potato", "cucumber"]


def two_topics(sentences: int = 600, seed: int = 0) -> bytes:
    """Return sentences that speak of animals or of food, never of both."""
    rng = random.Random(seed)
    verbs = {"animals": ["runs", "sleeps", "hunts"], "foods": ["tastes", "cooks", "melts"]}
    lines = []
    for _ in range(sentences):
        topic = rng.choice(["animals", "foods"])
        nouns = ANIMALS if topic == "animals" else FOODS
        lines.append(" ".join(rng.choices(nouns, k=4) + rng.choices(verbs[topic], k=3)))
    return ("\n".join(lines) + "\n").encode()
