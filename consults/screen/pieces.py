"""Cut what is read into pieces of a bounded size: no text is too long to be heard to its end."""

import re
from collections.abc import Iterator

PIECE = 4_000  # characters; longer than almost every message, so that most are one piece
OVERLAP = 300  # what is said across a cut is heard in the next piece


def pieces(text: str) -> Iterator[str]:
    """The text itself when it is short, else pieces that overlap, cut between words."""
    start = 0
    while len(text) - start > PIECE:
        cut = text.rfind(" ", start + PIECE // 2, start + PIECE)
        end = cut if cut > 0 else start + PIECE
        yield text[start:end]
        start = end - OVERLAP
    yield text[start:]


def name_as_words(name: str) -> str:
    """`LettreDAdieu_2.docx` as `Lettre D Adieu 2`: words as they would be written in a message."""
    stem = re.sub(r"\.\w{1,5}$", "", re.split(r"[\\/]", name.strip())[-1])
    parted = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-zà-ÿ])", " ", stem)
    return re.sub(r"[\W_]+", " ", parted)[:400]
