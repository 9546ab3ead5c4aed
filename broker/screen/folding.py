"""A text as it may be read: without accents, case, tags, hidden marks or disguised letters."""

import html
import re
import unicodedata
from collections.abc import Iterator

# What ends a line on a page; any other tag stands inside a word as easily as between two.
BLOCK_TAG = re.compile(r"</?(?:p|li|ul|ol|div|h[1-6]|tr|td|th|section|table)\b[^>]*>", re.I)
LINE_BREAK = re.compile(r"<br\b[^>]*>", re.I)  # a sentence runs on over it
TAG = re.compile(r"<!--.*?-->|</?[a-z][^>]*>", re.I | re.S)
CUT_AT_LINE_END = re.compile(r"(?<=\w)-\s*\n\s*(?=\w)")
SPACED_LETTERS = re.compile(r"(?<!\w)(?:[^\W\d_][ .·_*|-]{1,3}){3,}[^\W\d_](?!\w)")
INSIDE_WORDS = re.compile(r"(?<=[^\W\d_])[.·_*|/-]+(?=[^\W\d_])")
DISGUISED = re.compile(r"\b(?=[\w@$€]*[a-z]{2})(?=[\w@$€]*[0134578@$€])[\w@$€]{4,}")
FIGURES = str.maketrans("0134578@$€", "oieastbase")
# Letters of other alphabets that look like ours.
STRANGERS = str.maketrans(
    "авекмнорстухіѕјԁɡοαεικνρτυχßıł",
    "abekmhopctyxisjdgoaeiknptuxbil",
)
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
QUOTES = str.maketrans(dict.fromkeys("’‘ʼ´`", "'"))


def folded(text: str) -> str:
    """The text without accents, case, tags or hidden marks, its spaces and quotes made plain.

    Lines are kept apart: a heading does not run into the sentence under it.
    """
    bare = TAG.sub("", BLOCK_TAG.sub("\n", LINE_BREAK.sub(" ", html.unescape(text))))
    bare = CUT_AT_LINE_END.sub("", bare.translate(QUOTES).translate(DASHES))
    plain = "".join(
        char
        for char in unicodedata.normalize("NFKD", bare)
        if unicodedata.category(char) not in ("Mn", "Cf")
    )
    lines = (" ".join(line.split()) for line in plain.casefold().translate(STRANGERS).split("\n"))
    return "\n".join(line for line in lines if line)


def readings(text: str) -> Iterator[str]:
    """The folded text, then the same with letters that were spaced, cut or disguised put back."""
    plain = folded(text)
    yield plain
    others = (
        SPACED_LETTERS.sub(lambda found: re.sub(r"\W|_", "", found[0]), plain),
        INSIDE_WORDS.sub("", plain),
        DISGUISED.sub(lambda found: found[0].translate(FIGURES), plain),
    )
    yield from dict.fromkeys(one for one in others if one != plain)
