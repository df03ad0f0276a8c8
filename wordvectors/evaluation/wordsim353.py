"""WordSimilarity-353, the word pairs of BlazingText's own evaluation.

The 353 lines (Finkelstein et al. 2002, "Placing search in context: the concept revisited", ACM TOIS 20)
come with gensim. Agirre et al. (2009), "A study on similarity and relatedness using distributional and
WordNet-based approaches", NAACL, split them into pairs that are related and pairs that are similar;
unrelated pairs stand in both. Their split is the table below.
"""

from __future__ import annotations

from wordvectors.blazingtext.eval_json import ALL, REL, SIM
from wordvectors.evaluation.word_pairs import WordPairSet, read_word_pairs
from wordvectors.gensim_data import gensim_data

WORDSIM353 = "wordsim353.tsv"
"""The collection, among gensim's data files."""
SPLIT = (
    "RSSRRRSSRSSRSSSSSBSRRBBBBRBBRRSSBBSSSRRBSRSSSRRRSR"
    "RRRRRSBRSSBBRSRBSSSSSSSSSSSSRRBBRBBSBBBBBBBBBBS-SR"
    "RRRRRRBSSSSSSSRSRRRRRRRRSSRSRSSRRRSBBRBBSRSBSSSRBB"
    "RSSBRRRRRRBBRRRBRRBBSBRBBRRSSBBBRSBBBRBBBRBRRSBRRR"
    "RBSRRBBRRSSRRRSBBBBRBBRSRBBBBRRRRRRBSRRRBBRBSSSBBR"
    "SBBBBSRSRRRBRBSSSRRRRSRRBBRSRRRSRRBRSSSSRRBBRRSRBR"
    "RRRRRRSSSRSRBRRRBBBBBSRRRBBBBRRRRBBBSSBRRSSBRRRSRR"
    "RRB"
)
"""For each line of the collection: R related, S similar, B both, - neither.

Neither is the second "money cash" (line 98): the pair stands twice in the collection, and only its first
score, 9.15, is in the similar set.
"""


def load_wordsim353() -> dict[str, WordPairSet]:
    """Return BlazingText's three sets, by their names: 353, 252 and 203 lines.

    Examples
    --------
    >>> {name: len(pair_set.pairs) for name, pair_set in load_wordsim353().items()}
    {'WS-353': 353, 'WS-353-REL': 252, 'WS-353-SIM': 203}
    """
    pairs = read_word_pairs(gensim_data(WORDSIM353)).pairs
    marked = list(zip(SPLIT, pairs, strict=True))
    return {
        ALL: WordPairSet(ALL, pairs),
        REL: WordPairSet(REL, tuple(pair for mark, pair in marked if mark in "RB")),
        SIM: WordPairSet(SIM, tuple(pair for mark, pair in marked if mark in "SB")),
    }
