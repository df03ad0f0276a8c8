"""A guess at a text's language, by the words that are frequent in any text of it.

Not a package: those that tell languages bring models and read the text again; here its words are counted already.
"""

from __future__ import annotations

from collections.abc import Mapping

LEAST_SHARE = 0.1
"""Of all tokens: less than this, and nothing is said."""

FUNCTION_WORDS = {
    "cs": "a se na je že to v s z do o i ve si jsem ale jako by tak pro jsou",
    "da": "og i at det er en til af på der som med for den ikke de jeg har et var",
    "de": "der die und das ist in ich nicht zu den mit von ein sie es auf für eine auch dem",
    "en": "the of and to in a is that it for was on with as i he be at by you",
    "es": "de la que el en y a los se un las por una con no su para es lo del",
    "fi": "ja on ei se että hän oli mutta kuin joka ovat myös niin kun mitä sen",
    "fr": "de la le et les des en un une est du que dans qui pour pas au sur ne il",
    "hu": "a az és hogy nem is egy ez azt meg csak de van volt már mint ha még",
    "it": "di e il la che in un a per è una del le non con si da i gli al",
    "nl": "de van het een en in is dat op te zijn met voor niet die er aan ik ook",
    "no": "og i det er på en til som av at for med han ikke jeg har den et om var",
    "pl": "i w na z się do nie że to jest o jak ale po co tak za od przez dla",
    "pt": "de a o que e do da em um para é com não uma os no se na por mais",
    "ro": "de și în a la cu pe nu o că un este din mai se pentru care sau au",
    "ru": "и в не на я что он с как это по но а к у из за то мы же",
    "sv": "och i att det som en på är av för med den till inte han ett jag de har om",
    "tr": "bir ve bu da de için ile çok ne gibi ama o daha kadar olarak var her ben sonra",
    "uk": "і в не на що я з у до як це та за але по він від для про",
}
_SETS = {language: frozenset(words.split()) for language, words in FUNCTION_WORDS.items()}


def guess_language(counts: Mapping[str, int]) -> str | None:
    """Return the ISO 639 code of the language whose function words make up most of the tokens, or None.

    Parameters
    ----------
    counts
        How often each word occurs, or each of the frequent ones.
    """
    tokens = sum(counts.values())
    if tokens == 0:
        return None
    found = {language: _count(words, counts) / len(words) for language, words in _SETS.items()}
    best = max(found, key=lambda language: found[language])
    return best if _count(_SETS[best], counts) >= LEAST_SHARE * tokens else None


def _count(words: frozenset[str], counts: Mapping[str, int]) -> int:
    return sum(counts.get(word, 0) for word in words)
