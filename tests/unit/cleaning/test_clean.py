"""What a clean sentence is: golden cases, and what holds for any document."""

from __future__ import annotations

import pickle
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordvectors.cleaning.clean import Cleaner, RefusedDocument
from wordvectors.cleaning.recipe import CleaningRecipe


def cleaned(document: str, **changes) -> list[str]:
    return Cleaner(CleaningRecipe(**{"min_tokens": 1, **changes})).sentences(document)


GOLDEN = {
    "apostrophes": (
        "Don\u2019t can\u00b4t won`t 'tis the dogs' o'clock, rock 'n' roll, ''quoted''.",
        ["don't can't won t tis the dogs o'clock rock n roll quoted"],
    ),
    "abbreviations": (
        "Dr. Smith met Mr. J. Doe, e.g. at 5 p.m. in the U.S. today. They left.",
        ["dr smith met mr j doe e g at 5 p m in the u s today", "they left"],
    ),
    "ellipses": ("Well... i waited… and waited.…", ["well i waited and waited"]),
    "marks of ends": ("What?! No!! Yes.", ["what", "no", "yes"]),
    "quotes and dashes": ("“Yes”—he said – \u00abno\u00bb.", ["yes he said no"]),
    "hyphens": ("A well-known, state-of-the-art trick.", ["a well known state of the art trick"]),
    "emoji": (
        "I \u2764\ufe0f it \U0001f469\u200d\U0001f469\u200d\U0001f467 so \U0001f1eb\U0001f1f7 much \U0001f600",
        ["i it so much"],
    ),
    "keycaps": ("Press 1\ufe0f\u20e3 now", ["press 1 now"]),
    "arabic": (
        "كتب الولد، الدرس؟ نعم",
        ["كتب الولد الدرس", "نعم"],
    ),
    "signs of direction": ("\u202bshalom\u202c \u200fole\u200e!", ["shalom ole"]),
    "hebrew points": ("שָלוֹם צה\u05f4ל", ["שָלוֹם צהל"]),
    "persian joiner": ("می\u200cخواهم رفت", ["می\u200cخواهم رفت"]),
    "hindi": (
        "हिन्दी भाषा। हाँ।",
        ["हिन्दी भाषा", "हाँ"],
    ),
    "decomposed": ("Cafe\u0301 NAI\u0308VE", ["caf\u00e9 na\u00efve"]),
    "full width": ("Ｆｕｌｌ Ｗｉｄｔｈ", ["full width"]),
    "ligature": ("ﬁne ﬂow", ["fine flow"]),
    "soft hyphen": ("co\u00adoperate zero\u200bwidth", ["cooperate zero width"]),
    "entities": ("AT&amp;T &lt;b&gt;bold&lt;/b&gt; caf&eacute;&nbsp;&#8212; na&amp;iuml;ve", ["at t bold café naïve"]),
    "markup": (
        "<p>One<br/>two</p><script>var x = 'gone';</script><!-- gone --><td>three</td><i>four</i> 1 < 2 > 0",
        ["one", "two", "three", "four 1 2 0"],
    ),
    "urlLink": ("Look urlLink here, at urlLink: http://a.b/c?d=e&amp;f=g. And www.x.org!", ["look here at", "and"]),
    "www": ("One Www.y.org/a, two HTTPS://z.io three.", ["one two three"]),
    "users": ("Mail joe.doe@mail.example.org or @jane_doe now", ["mail or now"]),
    "control characters": ("a\x00b\x07c\td\x1be", ["a b c d e"]),
    "line ends": ("one\r\ntwo\rthree\u2028four\x0bfive\u0085six", ["one", "two", "three", "four", "five", "six"]),
    "underscores": ("__init__ snake_case", ["init snake case"]),
    "numbers": ("In 1984, 3 of 4 b2b firms made 1,000", ["in 1984 3 of 4 b2b firms made 1 000"]),
    "mojibake": ("caf\ufffd au lait", ["caf au lait"]),
    "half a character": ("half \ud83d of it", ["half of it"]),
    "marks alone": ("a \u0301 b", ["a b"]),
    "a few Chinese characters": (
        "The name of Beijing (北京) means northern capital",
        ["the name of beijing means northern capital"],
    ),
    "korean": ("한국어 문장이다. 네.", ["한국어 문장이다", "네"]),
    "russian": ("Привет, МИР!", ["привет мир"]),
    "nothing": (" .,;!—\n\n", []),
}  # fmt: skip


@pytest.mark.parametrize("case", GOLDEN)
def test_awkward_text(case):
    document, sentences = GOLDEN[case]
    assert cleaned(document) == sentences


def test_settings_do_what_they_say():
    text = "See http://a.b/c or ask @joe. In 1984 Joe said <b>hi</b> twice."
    assert cleaned(text, urls="replace", user_names="replace")[0] == "see urltoken or ask usertoken"
    assert cleaned(text, urls="keep", user_names="keep")[0] == "see http a b c or ask joe"
    assert cleaned(text, keep_numbers=False)[1] == "in joe said hi twice"
    assert cleaned(text, lower=False)[1] == "In 1984 Joe said hi twice"
    assert cleaned(text, strip_markup=False)[1] == "in 1984 joe said b hi b twice"
    assert cleaned("a hard\nline break.\n\nNext", line_breaks="join") == ["a hard line break", "next"]
    assert cleaned("a hard\nline break.\n\nNext") == ["a hard", "line break", "next"]


def test_too_short_is_left_out_and_too_long_is_cut():
    assert cleaned("One. One two. One two three.", min_tokens=2) == ["one two", "one two three"]
    assert cleaned("a b c d e f g", min_tokens=2, max_tokens=3) == ["a b c", "d e f"]


def test_the_language_decides_what_is_an_abbreviation():
    assert cleaned("Das ist z.B. Herr Prof. Meier. Ja.", language="de")[-1] == "ja"
    assert len(cleaned("Das ist bzw. war gut. Ja.", language="de")) == 2


@pytest.mark.parametrize(
    "text", ["北京是中国的首都。", "今日は元気です。", "สวัสดีชาวโลก"]
)  # fmt: skip
def test_a_script_without_blanks_is_refused_with_advice_unless_segmented(text):
    with pytest.raises(RefusedDocument, match=r"jieba.*segmented=true"):
        cleaned(text)

    spaced = "北京 是 中国 的 首都 。"
    assert cleaned(spaced, segmented=True) == ["北京 是 中国 的 首都"]


SEEDS = "abcXYZ019'’.!? \n\t\r-_<>&;@#/:&lt;<b>http://www.urlLinké́İßΣςǰĲŉÅ½²™…—“”\u200b\u200c\u200d\u00adहि्मीکی中あกอ한ㄱ각😀\ufe0f\ufffd\x00\x85\u2028։።།॥。！？؟۔"
PIECES = ["Mr.", "e.g.", "Hello", "http://x.y", "@joe", "urlLink", "<b>", "&amp;", "'", "\n", "J", "\u030c"]
PIECES += ["1.5", "é", "का", "—"]
TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=SEEDS, max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join),
)  # fmt: skip


@given(text=TEXTS, lower=st.booleans(), language=st.sampled_from(["en", "de", "hi", "ar", "hy"]))
@settings(max_examples=500, deadline=None)
def test_a_clean_sentence_holds_words_and_blanks_alone_and_stays_as_it_is(text, lower, language):
    cleaner = Cleaner(CleaningRecipe(min_tokens=1, lower=lower, language=language, segmented=True))

    for sentence in cleaner.sentences(text):
        assert sentence == " ".join(sentence.split(" "))
        assert sentence.encode()
        assert unicodedata.is_normalized("NFKC", sentence)
        for character in sentence:
            assert (
                character.isalnum()
                or character in " '\u200c\u200d"
                or unicodedata.category(character)[0] == "M"
            )
        if lower:
            assert sentence == sentence.lower()
        assert cleaner.sentences(sentence) == [sentence]


@given(texts=st.lists(TEXTS, max_size=3))
@settings(max_examples=100, deadline=None)
def test_a_cleaner_can_be_sent_to_another_process(texts):
    cleaner = Cleaner(CleaningRecipe(segmented=True))
    copy = pickle.loads(pickle.dumps(cleaner))
    assert [copy.sentences(text) for text in texts] == [cleaner.sentences(text) for text in texts]
