"""Verify an export of the log with the standard library alone, sharing no code with its writer.

    python verifier.py EXPORT --key EXPORT.vkey [--earlier CHECKPOINT] [--openings FILE]
    python verifier.py PROOFS.json --key EXPORT.vkey

It hashes every entry again, checks tiles, root and signature (RFC 6962, C2SP tlog-tiles and
signed-note, Ed25519), that the numbers of each scope have no gap, and that an earlier checkpoint
is the beginning of this log. Then it replays: the states of each question in order, no capture
without a pass, quote = charge, books that sum to zero, and every decision judged again from its
recorded facts by its recorded rules, which are named with their fingerprint. Exit status 0 when
all holds; 1 names the first bad index.

The key must reach you by another way than the export. `--openings` is a JSON object from index
to the openings of sealed facts, for those who are entitled to them.
"""

import argparse
import base64
import binascii
import hashlib
import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

WIDTH, HASH = 256, 32
CHUNK = 16  # bundles that one task of a worker takes
PARALLEL_FROM = 20_000  # entries; below that, workers cost more than they bring
COMMITMENT = b"teleconseil/commitment/v1\x00"
SILENCE = 15  # seconds after which a line that says nothing is not shown to stand
TOLERANCE = 5  # seconds between the moment that an act names and the clock


class Bad(Exception):
    """Something does not hold; `index` is the first entry concerned, None for the checkpoint."""

    def __init__(self, index: int | None, why: str) -> None:
        super().__init__(index, why)
        self.index, self.why = index, why


@dataclass
class Report:
    """What was checked, what does not hold, and what cannot be known from an export."""

    origin: str = ""
    size: int = 0
    root: str = ""
    scopes: dict[str, int] = field(default_factory=dict)
    questions: dict[str, int] = field(default_factory=dict)
    money: dict[str, int] = field(default_factory=dict)
    books: dict[str, int] = field(default_factory=dict)
    judged: int = 0
    packs: dict[str, int] = field(default_factory=dict)
    sealed: list[int] = field(default_factory=list)
    erased: list[int] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    bad_index: int | None = None
    why: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing was found that does not hold."""
        return not self.why


# --- signatures: Ed25519 (RFC 8032) over extended coordinates ----------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    m, n = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    o, q = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = n - m, q - o, q + o, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(k: int, point: Point) -> Point:
    reached: Point = (0, 1, 1, 0)
    while k:
        if k & 1:
            reached = _add(reached, point)
        point, k = _add(point, point), k >> 1
    return reached


def _point(raw: bytes) -> Point | None:
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Check one Ed25519 signature (RFC 8032, 5.1.7)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    ground = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    if key is None or r is None or ground is None or s >= L:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    h = int.from_bytes(digest, "little") % L
    left, right = _times(s, ground), _add(r, _times(h, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % P == 0


def trusted_key(text: str) -> tuple[str, bytes]:
    """Read a verifier key `name+id+base64`; raises `Bad` when it is none."""
    name, _, rest = text.strip().partition("+")
    said, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raw = b""
    expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex()
    if len(raw) != 33 or raw[0] != 1 or said != expected:
        raise Bad(None, "the verifier key is not an Ed25519 key of the agreed form")
    return name, raw[1:]


def opened_checkpoint(raw: bytes, key: tuple[str, bytes]) -> tuple[str, int, bytes]:
    """Return (origin, size, root) of a checkpoint that this key signed; raises `Bad`."""
    name, public = key
    try:
        text, signatures = raw.decode().split("\n\n", 1)
        lines = text.split("\n")
        origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (UnicodeDecodeError, ValueError, IndexError):
        raise Bad(None, "the checkpoint is not a signed note") from None
    if str(size) != lines[1] or len(root) != HASH or origin != name:
        raise Bad(None, "the checkpoint is not that of the key's log")
    head = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    for line in signatures.split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[:2] != ["\u2014", name]:
            continue
        try:
            signature = base64.b64decode(parts[2], validate=True)
        except binascii.Error:
            continue
        fits = base64.b64encode(signature).decode() == parts[2] and signature[:4] == head
        if fits and signature_holds(public, f"{text}\n".encode(), signature[4:]):
            return origin, size, root
    raise Bad(None, "the checkpoint is not signed by the given key")


# --- the tree -----------------------------------------------------------------------------------


def hashed(left: bytes, right: bytes) -> bytes:
    """Hash an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def folded(row: list[bytes]) -> bytes:
    """Hash up a row of hashes as RFC 6962 does: the last one waits for its pair."""
    while len(row) > 1:
        pairs = [hashed(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        row = pairs + row[len(pairs) * 2 :]
    return row[0]


def split(hashes: bytes) -> list[bytes]:
    """Cut a tile into its hashes."""
    return [hashes[i : i + HASH] for i in range(0, len(hashes), HASH)]


def tile_name(level: int | str, index: int, width: int) -> str:
    """Return the path of a tile or a bundle (tlog-tiles)."""
    name = f"{index % 1000:03d}"
    while index := index // 1000:
        name = f"x{index % 1000:03d}/{name}"
    return f"tile/{level}/{name}" + (f".p/{width}" if width < WIDTH else "")


def tile_file(folder: Path, level: int | str, index: int, size: int) -> bytes:
    """Read a tile, or a bundle, of a tree of this size; raises `Bad` with what it covers."""
    span = 1 if level == "entries" else WIDTH ** int(level)
    width = min(WIDTH, size // span - index * WIDTH)
    name = tile_name(level, index, width)
    try:
        content = (folder / name).read_bytes()
    except OSError:
        raise Bad(index * WIDTH * span, f"{name} is missing") from None
    if level != "entries" and len(content) != width * HASH:
        raise Bad(index * WIDTH * span, f"{name} has not {width} hashes")
    return content


def check_tiles(folder: Path, size: int, roots: list[bytes]) -> None:
    """Compare the tiles above the first level with what lies under them; raises `Bad`.

    `roots` are the hashes of the full tiles of level 0, which were compared with the entries.
    """
    level = 1
    while roots:
        above: list[bytes] = []
        for index in range((len(roots) + WIDTH - 1) // WIDTH):
            under = roots[index * WIDTH : (index + 1) * WIDTH]
            said = split(tile_file(folder, level, index, size))
            for n, (one, other) in enumerate(zip(said, under, strict=True)):
                if one != other:
                    first = (index * WIDTH + n) * WIDTH**level
                    raise Bad(first, f"a hash in tile/{level} over the entries from here is wrong")
            if len(under) == WIDTH:
                above.append(peaks(under)[0])
        roots, level = above, level + 1


def root_at(folder: Path, size: int, total: int) -> bytes:
    """Return the root of the first `size` entries, out of the tiles of a tree of `total`."""
    edge: list[bytes] = []
    level = 0
    while count := size >> 8 * level:
        if width := count % WIDTH:
            row = split(tile_file(folder, level, count // WIDTH, total))[:width]
            edge = peaks(row) + edge
        level += 1
    if not edge:
        return hashlib.sha256(b"").digest()
    reached = edge[-1]
    for node in reversed(edge[:-1]):
        reached = hashed(node, reached)
    return reached


def peaks(row: list[bytes]) -> list[bytes]:
    """Return the roots of the perfect subtrees of a row, tallest first."""
    found, at = [], 0
    for height in range(len(row).bit_length() - 1, -1, -1):
        if len(row) >> height & 1:
            part = row[at : at + (1 << height)]
            while len(part) > 1:
                part = [hashed(part[i], part[i + 1]) for i in range(0, len(part), 2)]
            found.append(part[0])
            at += 1 << height
    return found


# --- entries ------------------------------------------------------------------------------------

# What the replay looks at; every other type is hashed and numbered only.
STATES = {
    "question.opened": ((None,), "opened"),
    "question.held": ((None,), "held"),
    "question.refused": ((None, "held"), "refused"),
    "question.released": (("held",), "opened"),
    # One that waited for any physician is queued again, for the one whose quote was accepted.
    "question.queued": (("opened", "queued"), "queued"),
    "question.claimed": (("queued",), "claimed"),
    "question.unclaimed": (("claimed",), "queued"),
    "answer.given": (("claimed",), "answered"),
    "question.closed": (("answered",), "closed"),
    "question.withdrawn": (("held", "opened", "queued", "claimed"), "withdrawn"),
    "question.expired": (("held", "opened", "queued", "claimed"), "expired"),
}
WRITABLE = ("opened", "queued", "claimed", "answered")
MONEY = ("quote.", "leg.", "gate.", "journal.", "receipt.")
AGAIN = "act.judged-again"  # an act judged once more, at its own moment

# Acts that rest on a decision, and the rules that it asks.
FORECASTS = ("quote.issued", "quote.refused")
PASS_SCOPES = {"act", "physician", "contract", "standing", "gate"}
STANDING = {"physician", "contract", "standing"}
DECIDED = {
    **{f"question.{how}": {"intake"} for how in ("opened", "held", "refused")},
    "question.claimed": STANDING,
    "answer.given": {*STANDING, "signing"},
    "quote.issued": {"act"},
    "quote.refused": {"act"},
    "promise.refused": {"promise"},
    "gate.passed": PASS_SCOPES,
    "gate.refused": PASS_SCOPES,
    AGAIN: PASS_SCOPES,
}
# What is written under one of two names, by whether its decision refuses.
SAID = {
    f"{what}.{end}": scopes
    for what, scopes in (
        ("text", {"offer", "words"}), ("offer", {"offer", "words"}), ("platform", {"platform"}),
    )
    for end in ("judged", "refused")
}  # fmt: skip
# What a patient may say of themselves, and only somebody else's word makes true.
PROVEN = {
    "is_treating_physician", "referred_by_treating_physician", "in_care_team", "ald_followup",
    "adapts_own_prescription", "on_call_duty", "integrated_in_care_pathway",
}  # fmt: skip
LOST = ("chargebacks", "dispute_hold")
DISPUTE_PAIRS = {
    ("dispute_hold", "stripe"), ("stripe", "dispute_hold"), LOST, LOST[::-1],  # decided otherwise
    ("stripe_fees", "stripe"), ("stripe", "stripe_fees"),
}  # fmt: skip
BALANCE_PAIRS = {
    ("bank", "stripe"), ("stripe", "bank"), ("external", "stripe"), ("stripe", "external"),
    ("stripe_fees", "stripe"), ("stripe", "stripe_fees"),
}  # fmt: skip
# A hold that takes the place of another; money that the account's holder took without us.
RENEWED_PAIRS = [("memo_contra", "memo_held"), ("memo_held", "memo_contra")]
ELSEWHERE_PAIRS = {
    ("memo_contra", "memo_held"), ("stripe", "external"), ("stripe_fees", "stripe"),
    ("platform_fee", "receivable"), ("vat_due", "receivable"),
    # What was written of it while nobody could explain it is undone.
    ("external", "stripe"), ("stripe", "stripe_fees"),
}  # fmt: skip
BALANCE_KINDS = ("book.moved", "book.unexplained")
FOLLOWED = {
    *STATES, *SAID, *BALANCE_KINDS, "message.posted", AGAIN, "incident.opened", "physician.moved",
    "question.breached", "presence.began", "meter.stopped", "book.opened",
    "offer.judged", "schedule.published", "invoice.addressed", "order.confirmed",
    "withdrawal.confirmed", "promise.refused",
}  # fmt: skip
AGREED = {
    "physician_fee_cents": ("quote", "honoraires_cents"),
    "platform_fee_cents": ("quote", "platform_cents"),
    "fee_shown_at": ("acceptance", "shown_at"),
    "patient_accepted_fee_at": ("acceptance", "accepted_at"),
}

# Between which accounts an entry may move money: (debit, credit), by its type. A closed table.
HELD, FREED = ("memo_held", "memo_contra"), ("memo_contra", "memo_held")
FEE_LOST = {("platform_fee", "receivable"), ("vat_due", "receivable")}
EXTERNAL = {("external", "stripe"), ("stripe", "external")}
STRIPE_FEES = {("stripe_fees", "stripe"), ("stripe", "stripe_fees")}
EARNED = {("receivable", "honoraires"), ("receivable", "platform_fee"), ("receivable", "vat_due")}
GIVEN = {("honoraires", "stripe"), ("platform_fee", "stripe"), ("vat_due", "stripe")}
ROWS = {
    "gate.passed": {*EARNED, FREED},
    "leg.authorised": {HELD},
    "leg.renewed": {HELD, FREED},
    **{f"leg.{end}": {FREED, *FEE_LOST} for end in ("voided", "expired", "capture-lost")},
    "leg.owed-back": ELSEWHERE_PAIRS,
    "leg.captured": {("stripe", "receivable"), *STRIPE_FEES, *EXTERNAL},
    "leg.acquitted": {("practice", "receivable")},
    "leg.waived": {("honoraires", "receivable")},
    "leg.refunded": {*GIVEN, *EXTERNAL, *STRIPE_FEES},
    "leg.refund-failed": {(credit, debit) for debit, credit in GIVEN} | EXTERNAL,
    "leg.disputed": DISPUTE_PAIRS | EXTERNAL,  # to undo what a daily look wrote
    "leg.dispute-closed": DISPUTE_PAIRS | EXTERNAL,
    "book.moved": BALANCE_PAIRS - EXTERNAL,
    "book.unexplained": {*EXTERNAL, *STRIPE_FEES},
}
EXPLAINED = ":explained"  # ends the source of rows that explain a line, and undo what it was
# Tiers that nobody may offer unjudged, and whose price a tier without a line of its own has.
JUDGED_TIERS = ("express-15", "live")
TIERS = ("async-48h", "own-physician", "follow-up", "forfait", *JUDGED_TIERS)
MINUTES = "per_minute"  # the unit of a price that a meter counts
HERE_FOR = 120  # seconds after a sign of life for which a physician counts as here
NOT_HERE = "NO_ELIGIBLE_PRESENT"  # the one code of the one rule on promises
PRICED_AS = {"follow-up": "async-48h", "forfait": "async-48h"}
OVER = ("leg.voided", "leg.expired", "leg.capture-lost")
GOING_ON = ("leg.authorised", "leg.renewed", "leg.capture-ordered", "leg.captured",
            "leg.acquitted", "leg.waived")  # fmt: skip
DISPUTE_FEE_MOST = 50_000  # cents: more than Stripe asks for any dispute
# Outcome, scopes, what it says of the fee, the moment judged, its own id, and its profile.
Law = tuple[str, frozenset[str], dict[str, Any], str, str, str]
# A price: from when, cents, taken out, by the minute, its VAT, within how many seconds.
Line = tuple[datetime, int, bool, bool, int, int]
# Index, type, subject, data, law, the moment of the act, and what kind of person acted.
Record = tuple[int, str, str, dict[str, Any], "Law | None", str, str]


@dataclass
class Part:
    """What one worker found in its bundles."""

    bad: tuple[int | None, str] | None = None
    roots: list[bytes] = field(default_factory=list)
    runs: list[tuple[str, int, int, int]] = field(default_factory=list)  # scope, n, count, index
    records: list[Record] = field(default_factory=list)
    judged: int = 0
    packs: dict[str, int] = field(default_factory=dict)
    sealed: list[int] = field(default_factory=list)
    erased: list[int] = field(default_factory=list)
    again: dict[int, int] = field(default_factory=dict)  # what calls for more -> when received
    latest: int = 0  # when the last of these entries was received


def unbundled(content: bytes, first: int, width: int) -> list[bytes]:
    """Cut a bundle into its entries; raises `Bad` where it stops making sense."""
    leaves, at = [], 0
    for index in range(first, first + width):
        end = at + 2 + int.from_bytes(content[at : at + 2], "big")
        if at + 2 > len(content) or end > len(content):
            raise Bad(index, "the bundle ends before this entry does")
        leaves.append(content[at + 2 : end])
        at = end
    if at != len(content):
        raise Bad(first + width - 1, "the bundle goes on after its last entry")
    return leaves


def canonical(value: Any) -> bytes:
    """Write JSON the one way that entries use."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def read_leaf(leaf: bytes, index: int) -> dict[str, Any]:
    """Read an entry strictly: the agreed form, byte for byte; raises `Bad`."""
    try:
        said: dict[str, Any] = json.loads(leaf)
        body = said["e"]
        head = f'{{"i":{index},"t":{said["t"]:d},"s":"{said["s"]}","n":{said["n"]:d},"e":'
        if leaf != head.encode() + canonical(body) + b"}" or body["v"] != 1:
            raise ValueError
        if not all(isinstance(body[name], str) for name in ("type", "subject", "at")):
            raise ValueError
        if not isinstance(body["data"], dict) or not isinstance(body["actor"], dict):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Bad(index, "the entry has not the agreed form") from None
    return said


def checked_bundle(folder: Path, number: int, size: int, part: Part, judge: "Judge") -> None:
    """Check one bundle against its tile, and gather what the replay needs; raises `Bad`."""
    first, width = number * WIDTH, min(WIDTH, size - number * WIDTH)
    leaves = unbundled(tile_file(folder, "entries", number, size), first, width)
    tile = tile_file(folder, 0, number, size)
    hashes = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    if b"".join(hashes) != tile:
        wrong = next(n for n, one in enumerate(split(tile)) if one != hashes[n])
        raise Bad(first + wrong, "the entry does not hash to what is in its tile")
    if width == WIDTH:
        part.roots.append(peaks(hashes)[0])
    for index, leaf in enumerate(leaves, first):
        said = read_leaf(leaf, index)
        scope, n, body = said["s"], said["n"], said["e"]
        part.runs.append((scope, n, 1, index))
        part.latest = max(part.latest, said["t"])
        decision = body.get("decision")
        kind = body["type"]
        check_moments(index, said["t"], body["at"], decision, again=kind == AGAIN)
        check_sources(index, kind, decision)
        check_agreed(index, kind, body)
        if kind in (AGAIN, "leg.owed-back"):
            part.again[index] = said["t"]
        if decision is not None and judge.again(index, decision):
            part.judged += 1
        elif decision is not None:
            (part.erased if judge.is_erased(index) else part.sealed).append(index)
        if kind in FOLLOWED or kind.startswith(MONEY):
            part.records.append(
                (
                    index, kind, body["subject"], body["data"], law(decision), body["at"],
                    str(body["actor"].get("kind", "")),
                )
            )  # fmt: skip
    part.runs = joined(part.runs)


def check_moments(
    index: int, received: int, acted: str, decision: Any, *, again: bool = False
) -> None:
    """The date picks the law: an act names its own moment, and is judged at that moment.

    What is judged again was done before; the replay holds it to the moment of the act.
    """
    try:
        at = datetime.fromisoformat(acted)
        apart = [at.timestamp() - received / 1_000_000]
        if decision is not None:
            judged = (datetime.fromisoformat(decision["at"]) - at).total_seconds()
            apart.append(max(judged, 0) if again else judged)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Bad(index, "the entry names no moment of the agreed form") from None
    if max(abs(seconds) for seconds in apart) > TOLERANCE:
        raise Bad(index, "the entry was received, or judged, at another moment than its act")


def check_agreed(index: int, kind: str, body: dict[str, Any]) -> None:
    """A quote is issued, and agreed to, at the moment of the entry that says so."""
    name = {"quote.issued": "issued_at", "quote.accepted": "accepted_at"}.get(kind)
    if name is None:
        return
    try:
        moments = [datetime.fromisoformat(text) for text in (body["data"][name], body["at"])]
        apart = abs((moments[0] - moments[1]).total_seconds())
    except (KeyError, TypeError, ValueError):
        raise Bad(index, f"{kind} names no moment of the agreed form") from None
    if apart > TOLERANCE:
        raise Bad(index, f"{kind} names another moment than its own")


def check_sources(index: int, kind: str, decision: Any) -> None:
    """Only a forecast may hope, and no pass rests on what the patient alone declared."""
    try:
        for name, fact in decision["facts"].items() if decision is not None else ():
            if fact.get("evidence") == "hoped" and kind not in FORECASTS:
                raise Bad(index, f"{name} is only hoped for, and this is no forecast")
            told = name in PROVEN and fact.get("source") == "patient"
            if told and fact.get("value") is True and kind in ("gate.passed", AGAIN):
                raise Bad(index, f"{name} is true by the patient's word alone")
    except (KeyError, TypeError, AttributeError) as error:
        raise Bad(index, f"the decision has not the agreed form ({error!r})") from None


def law(decision: dict[str, Any] | None) -> Law | None:
    """Return what the replay needs of a decision that was judged again."""
    if decision is None:
        return None
    fee = {name: fact.get("value") for name, fact in decision["facts"].items() if name in AGREED}
    scopes = frozenset(decision["scopes"])
    return (
        decision["outcome"], scopes, fee, decision["at"], decision["id"], decision["profile"],
    )  # fmt: skip


def joined(runs: Iterable[tuple[str, int, int, int]]) -> list[tuple[str, int, int, int]]:
    """Join the numbers of each scope into unbroken runs, each scope's in order."""
    done: list[tuple[str, int, int, int]] = []
    open_runs: dict[str, int] = {}
    for scope, n, count, index in runs:
        at = open_runs.get(scope)
        if at is not None and done[at][1] + done[at][2] == n:
            done[at] = (scope, done[at][1], done[at][2] + count, done[at][3])
        else:
            open_runs[scope] = len(done)
            done.append((scope, n, count, index))
    return done


def check_part(folder: Path, size: int, openings: dict[str, Any], numbers: Sequence[int]) -> Part:
    """Check some bundles in order, up to the first that is bad."""
    part, judge = Part(), Judge(folder, openings)
    try:
        for number in numbers:
            checked_bundle(folder, number, size, part, judge)
    except Bad as bad:
        part.bad = (bad.index, bad.why)
    part.packs = judge.used
    return part


# --- decisions judged again ---------------------------------------------------------------------

Values = dict[str, Any]
Ask = Callable[[Values], "bool | None"]
KINDS: dict[str, Callable[[Any], bool]] = {
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "enum": lambda value: isinstance(value, str),
    "datetime": lambda value: isinstance(value, str),
}


def paris(moment: datetime) -> datetime:
    """Return a moment as Paris clocks show it (rule of the European Union since 1996)."""
    utc = moment.astimezone(UTC)
    start, end = (
        next(
            day
            for day in (datetime(utc.year, month, d, 1, tzinfo=UTC) for d in range(31, 24, -1))
            if day.weekday() == 6
        )
        for month in (3, 10)
    )
    return utc.astimezone(timezone(timedelta(hours=2 if start <= utc < end else 1)))


def instant(value: Any) -> datetime | None:
    """Read a moment; without a zone it is Paris time; None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    if read.tzinfo is not None:
        return read
    summer = read.replace(tzinfo=timezone(timedelta(hours=2)))
    if paris(summer).utcoffset() == timedelta(hours=2):
        return summer
    return read.replace(tzinfo=timezone(timedelta(hours=1)))


def asked(when: dict[str, Any], kinds: dict[str, Callable[[Any], bool]]) -> Ask:
    """Turn a condition into a function of the facts: true, false, or None for unknown."""
    if "all" in when or "any" in when:
        parts = [asked(one, kinds) for one in when.get("all") or when["any"]]
        return partial(_together, parts, "any" in when)
    fact, op, wanted = when["fact"], when["op"], when["value"]
    return partial(_compared, fact, kinds[fact], op, wanted, kinds.get(str(wanted)))


def _together(parts: list[Ask], decisive: bool, facts: Values) -> bool | None:
    unknown = False
    for part in parts:
        said = part(facts)
        if said is decisive:
            return decisive
        unknown = unknown or said is None
    return None if unknown else not decisive


def _compared(
    fact: str, kind: Callable[[Any], bool], op: str, wanted: Any, other: Any, facts: Values
) -> bool | None:
    value = facts.get(fact)
    if value is None or not kind(value):
        return None
    if op == "gt_fact":
        second = facts.get(wanted)
        if kind is KINDS["datetime"]:
            value, second = instant(value), instant(second)
            return None if value is None or second is None else value > second
        return None if second is None or not other(second) else bool(value > second)
    if op == "in":
        return value in wanted
    answers = {"eq": "__eq__", "ne": "__ne__", "lt": "__lt__", "ge": "__ge__", "gt": "__gt__"}
    return bool(getattr(value, answers[op])(wanted))


class Judge:
    """Judges recorded decisions again by the packs of the export."""

    def __init__(self, folder: Path, openings: dict[str, Any]) -> None:
        self.folder, self.openings = folder, openings
        self.packs: dict[str, dict[str, Any]] = {}
        self.used: dict[str, int] = {}
        self.rules: dict[Any, list[tuple[str, Ask, str, str, frozenset[str]]]] = {}

    def is_erased(self, index: int) -> bool:
        """Say whether who exported told that the key of this entry's facts is destroyed."""
        return self.openings.get(str(index)) == "erased"

    def again(self, index: int, decision: dict[str, Any]) -> bool:
        """Judge a decision again; False when facts are sealed and only the rest was judged."""
        try:
            return self._again(index, decision)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Bad(index, f"the decision has not the agreed form ({error!r})") from None

    def _again(self, index: int, decision: dict[str, Any]) -> bool:
        self._check_sealed(index, decision)
        decision, sealed = self._unsealed(index, decision)
        at = datetime.fromisoformat(decision["at"])
        facts = {
            name: fact["value"]
            for name, fact in decision["facts"].items()
            if name not in sealed
            and ("valid_until" not in fact or at < datetime.fromisoformat(fact["valid_until"]))
        }
        fired, silent = [], []
        for rule, ask, outcome, on_unknown, reads in self._rules(index, decision, at):
            if reads & sealed:
                continue
            said = ask(facts)
            follows = outcome if said else on_unknown
            if said is False or (said is None and on_unknown == "ignore"):
                silent.append(rule)
            else:
                fired.append({"rule": rule, "outcome": follows})
        flags = [one["rule"] for one in fired if one["outcome"] == "flag_review"]
        for name, found in (("fired", fired), ("silent", silent), ("flags", flags)):
            if decision[name] != found:
                raise Bad(index, f"judged again, the decision has other findings ({name})")
        self._check_outcome(index, decision["outcome"], {one["outcome"] for one in fired}, sealed)
        return not sealed

    def _check_outcome(self, index: int, said: str, found: set[str], sealed: set[str]) -> None:
        if "block_intake" in found:
            possible = {"block_intake"}
        elif sealed:
            possible = {"block_intake", "not_billable", "billable"}
            possible -= {"billable"} if "not_billable" in found else set()
        elif "not_billable" in found or "billable" not in found:
            possible = {"not_billable"}
        else:
            possible = {"billable"}
        if said not in possible:
            raise Bad(index, f"judged again, the outcome is not {said}")

    def _rules(
        self, index: int, decision: dict[str, Any], at: datetime
    ) -> list[tuple[str, Ask, str, str, frozenset[str]]]:
        """Return the rules in force at the act, ready to ask, in order."""
        day = paris(at).date()
        named = decision["pack"]["sha256"]
        asked_for = (named, tuple(decision["scopes"]), decision["profile"], day)
        if asked_for not in self.rules:
            pack = self._pack(index, decision["pack"])
            profile = pack["profiles"][decision["profile"]]
            kinds = {name: KINDS[fact["type"]] for name, fact in pack["facts"].items()}
            self.rules[asked_for] = [
                (
                    rule["id"],
                    asked(rule["when"], kinds),
                    rule["outcome"],
                    rule["on_unknown"],
                    frozenset(rule["facts"]),
                )
                for rule in sorted(pack["rules"], key=lambda rule: rule["id"])
                if rule["scope"] in decision["scopes"]
                and rule["recorded_until"] is None
                and in_force(rule, day)
                and counts(rule, profile)
            ]
        return self.rules[asked_for]

    def _pack(self, index: int, named: dict[str, str]) -> dict[str, Any]:
        if named["sha256"] not in self.packs:
            path = self.folder / "packs" / f"{Path(named['sha256']).name}.json"
            if not path.is_file():
                raise Bad(index, "the rules of this decision are not in the export")
            raw = path.read_bytes()
            if hashlib.sha256(raw).hexdigest() != named["sha256"]:
                raise Bad(index, "the rules of this decision are not those that it names")
            self.packs[named["sha256"]] = json.loads(raw)
        pack = self.packs[named["sha256"]]
        if (pack["id"], pack["version"]) != (named["id"], named["version"]):
            raise Bad(index, "the rules of this decision have another name or version")
        return pack

    def _check_sealed(self, index: int, decision: dict[str, Any]) -> None:
        """Count the pack, and refuse a fact hidden that its dictionary calls open."""
        pack = self._pack(index, decision["pack"])
        name = f"{pack['id']} {pack['version']} {decision['pack']['sha256']}"
        self.used[name] = self.used.get(name, 0) + 1
        for fact, said in decision["facts"].items():
            if "sealed" in said and not pack["facts"].get(fact, {"sensitive": True})["sensitive"]:
                raise Bad(index, f"{fact} is sealed although it is not sensitive")

    def _unsealed(self, index: int, decision: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
        """Put opened facts and findings back; return the names of those that stay sealed."""
        sealed = {name for name, fact in decision["facts"].items() if "sealed" in fact}
        if bool(sealed) != ("sealed_fired" in decision):
            raise Bad(index, "sealed facts and sealed findings go together")
        held = self.openings.get(str(index))
        if not sealed or held is None or held == "erased":
            return decision, sealed
        facts = dict(decision["facts"])
        for name in sealed:
            opened = held["facts"][name]
            content = {"fact": opened["fact"], "name": name}
            if committed(opened["salt"], content) != facts[name]["sealed"]:
                raise Bad(index, f"the opening of {name} is not what was committed to")
            facts[name] = opened["fact"]
        hidden = dict(held["findings"])
        if committed(hidden.pop("salt"), hidden) != decision["sealed_fired"]:
            raise Bad(index, "the opening of the findings is not what was committed to")
        fired = [*decision["fired"], *hidden["fired"]]
        whole = {
            "facts": facts,
            "fired": sorted(fired, key=lambda one: str(one["rule"])),
            "silent": sorted([*decision["silent"], *hidden["silent"]]),
            "flags": sorted([*decision["flags"], *hidden["flags"]]),
        }
        return {**decision, **whole}, set()


def committed(salt: str, content: Any) -> str:
    """Return the commitment that a salt and a content make, in hexadecimal."""
    return hashlib.sha256(COMMITMENT + bytes.fromhex(salt) + canonical(content)).hexdigest()


def in_force(rule: dict[str, Any], day: date) -> bool:
    """Say whether a rule applies on a day: from the first day, until before the last."""
    start, end = rule["effective_from"], rule["effective_until"]
    if start is None or day < date.fromisoformat(start):
        return False
    return end is None or day < date.fromisoformat(end)


def counts(rule: dict[str, Any], profile: dict[str, Any]) -> bool:
    """Say whether a profile asks a rule."""
    if rule["scope"] in profile["always_scopes"]:
        return True
    if rule["id"].startswith(tuple(profile["off_prefixes"])):
        return False
    return profile["statuses"] is None or rule["legal_status"] in profile["statuses"]


# --- what each row is tied to --------------------------------------------------------------------


def vat_inside(gross: int, bps: int) -> int:
    """Return the VAT contained in an amount, rounded half up to a cent."""
    return (2 * gross * bps + 10_000 + bps) // (2 * (10_000 + bps))


def hurried(quote: dict[str, Any]) -> bool:
    """Say whether a quote is of an answer within minutes, or by the minute."""
    return bool(quote.get("per_minute_cents")) or quote["tier"] in JUDGED_TIERS


def here(said: dict[str, Any], when: str) -> bool:
    """Say whether the physician gave a sign of life a moment before what an entry tells of."""
    if "physician_seen_at" not in said:
        return False
    moments = [datetime.fromisoformat(said[name]) for name in ("physician_seen_at", when)]
    ago = (moments[1] - moments[0]).total_seconds()
    return -TOLERANCE <= ago < HERE_FOR  # one may come while the request waits its turn


def moved(rows: Iterable[dict[str, Any]], *pairs: tuple[str, str]) -> int:
    """Return the cents that rows move between these accounts."""
    return sum(row["cents"] for row in rows if (row["debit"], row["credit"]) in pairs)


class Ties:
    """Holds every row of a book to what was agreed, judged and seen before it."""

    def __init__(self, story: "Replay") -> None:
        self.story = story
        self.owners: dict[str, str] = {}  # book -> the subject that it was opened under
        self.earned: dict[tuple[str, str], int] = {}  # quote and party -> cents
        self.over: set[str] = set()  # payments that ended untaken
        self.lost: set[str] = set()  # of those, honoraires that were earned
        self.freed: set[str] = set()  # payments whose hold the gate turned into a debt
        self.waived: set[str] = set()
        self.intents: dict[str, str] = {}  # payment at Stripe -> our payment
        self.refunds: dict[str, str] = {}  # refund or dispute at Stripe -> our payment
        self.vat_back: dict[str, dict[str, int]] = {}  # payment -> refund -> cents of VAT
        # A line that nobody explained yet -> its entry, and what undoes it.
        self.unexplained: dict[str, tuple[int, list[tuple[str, str, int]]]] = {}
        self.dispute_fees: dict[str, list[int]] = {}  # dispute -> taken, given back
        self.numbers: dict[str, int] = {}  # series -> its last number
        self.receipts: set[str] = set()

    def check(self, index: int, kind: str, subject: str, data: dict[str, Any]) -> None:
        """Check one entry, after its step in the story; raises `Bad`."""
        rows = data.get("journal", [])
        for row in rows:
            if (row["debit"], row["credit"]) not in ROWS.get(kind, set()):
                raise Bad(index, f"a row of a book that {kind} does not write")
        if kind.startswith("leg.") and "leg" in data:
            self._leg(index, kind, subject, data)
        elif kind.startswith("leg.") and rows:
            raise Bad(index, "rows of a book about no payment")
        if check := self._checks.get(kind):
            check(self, index, subject, data, rows)

    def _leg(self, index: int, kind: str, subject: str, data: dict[str, Any]) -> None:
        """Check that a payment is agreed, one party's at Stripe too, and ends once."""
        self.story.agreed_leg(index, subject, data)
        mine = data["leg"]
        if data.get("intent") and self.intents.setdefault(data["intent"], mine) != mine:
            raise Bad(index, "one payment at Stripe for two payments here")
        for name in ("refund", "dispute"):
            if name in data and self.refunds.setdefault(data[name], mine) != mine:
                raise Bad(index, f"one {name} of two payments")
        if kind == "leg.captured" and mine in self.lost:
            self.over.discard(mine)  # its holder had taken it while nobody could look
        if mine in self.over and kind in GOING_ON:
            raise Bad(index, "a payment that goes on after its end")
        held_again = kind in ("leg.authorised", "leg.renewed")
        if held_again and (mine in self.freed or mine in self.story.taken()):
            raise Bad(index, "a hold placed again on what is owed already, or was taken")
        if kind in OVER:
            if mine in self.over or mine in self.story.taken():
                raise Bad(index, "a payment that ends twice")
            if mine in self.story.by_hand:
                raise Bad(index, "a payment told as untaken that its holder took")
            self.over.add(mine)
            if kind == "leg.capture-lost" and data["party"] == "honoraires":
                self.lost.add(mine)

    def _opened(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        if data["book"] in self.owners or subject in self.owners.values():
            raise Bad(index, "a book opened twice, or two books under one subject")
        self.owners[data["book"]] = subject

    def _balance(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        if self.owners.get(data["book"]) != subject:
            raise Bad(index, "a balance moved under another subject than its book's")
        if any(row["source"] != data["line"] for row in rows):
            raise Bad(index, "a balance moved for another line than the one named")

    def _unknown(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        """What nobody can explain is kept, to be undone by the payment that explains it."""
        self._balance(index, subject, data, rows)
        if data["line"] in self.unexplained:
            raise Bad(index, "a line of a balance written twice")
        undone = [(row["credit"], row["debit"], row["cents"]) for row in rows]
        self.unexplained[data["line"]] = index, undone

    def _explains(self, line: str) -> list[tuple[str, str, int]]:
        """Return what undoes a line that nobody could explain, and take it as explained."""
        return self.unexplained.pop(line, (0, []))[1]

    def _came_in(self, index: int, line: str, cents: int) -> list[tuple[str, str, int]]:
        """The same, of a line that is explained as so much money that came in."""
        before = self._explains(line)
        out = {("external", "stripe"): 1, ("stripe", "external"): -1}
        if before and sum(out.get(pair[:2], 0) * pair[2] for pair in before) != cents:
            raise Bad(index, "a line that is explained as another amount than it moved")
        return before

    def _held(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        if [row["cents"] for row in rows] != [data["cents"]]:
            raise Bad(index, "another amount was held than the one quoted")

    def _gate(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        """What a pass earns is what was quoted, and no fee is earned without honoraires."""
        quote = self.story.quotes[data["quote"]][1]
        whole = {p: quote[f"{p}_cents"] for p in ("honoraires", "platform")}
        due = {**whole, "platform": self.story.metered.get(data["quote"], whole["platform"])}
        for party, book in (("honoraires", f"dr:{quote['physician_rpps']}"), ("platform",) * 2):
            own = [row for row in rows if row["book"] == book]
            got = moved(own, *EARNED)
            freed = moved(own, FREED)
            if got not in (0, due[party]) or freed not in (0, whole[party]):
                raise Bad(index, f"the gate wrote other {party} than are due")
            mine = self.story.leg_of.get((data["quote"], party), "")
            stood = self.story.memos.get(mine, 0)
            if freed != (stood if got else 0):
                raise Bad(index, "the gate ends another hold than the one that stood")
            if freed:
                self.story.memos[mine] = 0
                self.freed.add(mine)
            self.earned[data["quote"], party] = got
        fee = self.earned[data["quote"], "platform"]
        if fee and not self.earned[data["quote"], "honoraires"]:
            raise Bad(index, "a fee earned where no honoraires are")
        mixed = any((row["book"] == "platform") == (row["credit"] == "honoraires") for row in rows
                    if row["debit"] == "receivable")  # fmt: skip
        if mixed or moved(rows, ("receivable", "vat_due")) != vat_inside(fee, quote["vat_bps"]):
            raise Bad(index, "the gate wrote another fee or VAT than is due")

    def _captured(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        """What is captured was earned, on the right way to settle, and the fee comes second."""
        quote, due = data["quote"], moved(rows, ("stripe", "receivable"))
        if self.earned.get((quote, data["party"])) != due:
            raise Bad(index, "a payment captured that the gate did not earn")
        at_practice = self.story.accepted[quote]["settlement"] == "off_platform"
        own = self.story.leg_of.get((quote, "honoraires"))
        if data["party"] == "honoraires" and at_practice:
            raise Bad(index, "honoraires captured that are settled at the practice")
        if data["party"] == "platform" and not at_practice and own not in self.story.captured:
            raise Bad(index, "a fee captured before its honoraires")
        before = self._came_in(index, data.get("transaction", ""), due)
        fee = data.get("stripe_fee_cents", 0)
        of_this = [("stripe", "receivable", due), ("stripe_fees", "stripe", fee)][: 1 + bool(fee)]
        if [(row["debit"], row["credit"], row["cents"]) for row in rows] != before + of_this:
            raise Bad(index, "a capture that moves more than its amount and Stripe's fee")
        if not 0 <= fee <= due:
            raise Bad(index, "Stripe kept more than was captured")

    def _owed_back(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        """What came in without us is its amount and Stripe's fee, once, whatever it was before."""
        pairs = {*EXTERNAL, *STRIPE_FEES}
        own = [(row["debit"], row["credit"], row["cents"]) for row in rows
               if (row["debit"], row["credit"]) in pairs]  # fmt: skip
        took, fee = self.story.elsewhere[data["leg"]], data.get("stripe_fee_cents", 0)
        of_this = [("stripe", "external", took), ("stripe_fees", "stripe", fee)][: 1 + bool(fee)]
        if own != self._came_in(index, data.get("transaction", ""), took) + of_this:
            raise Bad(index, "money taken elsewhere that is not what its line was")
        if not 0 <= fee <= took:
            raise Bad(index, "Stripe kept more than was taken elsewhere")
        given_up = self.earned.get((data["quote"], data["party"]), 0)
        if moved(rows, *FEE_LOST) != (given_up if data["party"] == "platform" else 0):
            raise Bad(index, "another fee is given up than was earned")
        if self.story.memos.get(data["leg"]):
            raise Bad(index, "a hold that still stands, of what was taken elsewhere")

    def _settled(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        """What is settled at the practice, or given up, was to be settled there, and is whole."""
        if self.story.accepted[data["quote"]]["settlement"] != "off_platform":
            raise Bad(index, "honoraires settled at the practice that were to be paid by card")
        if [row["cents"] for row in rows] != [data["cents"]] or data["party"] != "honoraires":
            raise Bad(index, "other honoraires settled than are due")

    def _waived(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        self._settled(index, subject, data, rows)
        self.waived.add(data["leg"])

    def _untaken(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        """A hold that ends gives back what it held, or takes back the fee that was earned."""
        given_up, freed = moved(rows, *FEE_LOST), moved(rows, FREED)
        earned = self.earned.get((data["quote"], data["party"]), 0)
        if given_up not in (0, earned) or (given_up and data["party"] != "platform"):
            raise Bad(index, "another fee is given up than was earned")
        if freed not in (0, data["cents"]) or (freed and earned):
            raise Bad(index, "another hold ends than the one that stood")

    def _refund(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        """A refund leaves the accounts that its payment went to, with its part of the VAT."""
        own_rows = self.own_rows(index, rows)
        self._forget(rows)
        given = self.vat_back.setdefault(data["leg"], {})
        given[data["refund"]] = vat = moved(rows, ("vat_due", "stripe"))
        back = sum(self.story.refunded[data["leg"]].values())
        elsewhere, own = data["leg"] in self.story.elsewhere, data["party"] == "honoraires"
        mine = {("honoraires", "stripe")} if own else GIVEN - {("honoraires", "stripe")}
        allowed = {("external", "stripe")} if elsewhere else mine
        if any((row["debit"], row["credit"]) not in allowed for row in own_rows):
            raise Bad(index, "a refund out of other accounts than its payment's")
        bps = 0 if own or elsewhere else self.story.quotes[data["quote"]][1]["vat_bps"]
        if vat != data.get("vat_cents", 0) or sum(given.values()) != vat_inside(back, bps):
            raise Bad(index, "a refund with another VAT than that of its amount")

    def _refund_failed(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        if "refund" not in data:
            return
        vat = self.vat_back.get(data["leg"], {}).pop(data["refund"], None)
        if vat is None or vat != moved(rows, ("stripe", "vat_due")):
            raise Bad(index, "a refund that failed with another VAT than it was given with")

    def own_rows(self, index: int, rows: Any) -> list[dict[str, Any]]:
        """Return the rows without those that undo what nobody could explain of the same line.

        A line that is explained moved what it moved: the balance at Stripe does not change by it.
        """
        own: list[dict[str, Any]] = []
        undone: dict[str, list[tuple[str, str, int]]] = {}
        change: dict[str, int] = {}
        for row in rows:
            line, accounts = row["source"].removesuffix(EXPLAINED), (row["debit"], row["credit"])
            before = undone.setdefault(line, [*self.unexplained.get(line, (0, []))[1]])
            if line in self.unexplained and "stripe_fees" not in accounts:
                into = (accounts[0] == "stripe") - (accounts[1] == "stripe")
                change[line] = change.get(line, 0) + into * row["cents"]
            if not before or line == row["source"]:
                own.append(row)
            elif before.pop(0) != (*accounts, row["cents"]):
                raise Bad(index, "what a line was is undone otherwise than it was written")
        if any(undone.values()):
            raise Bad(index, "a line that is explained beside what it was before")
        if any(change.values()):
            raise Bad(index, "a line that is explained as another amount than it moved")
        return own

    def _forget(self, rows: Any) -> None:
        """Take it that the lines of these rows are explained now."""
        for row in rows:
            self._explains(row["source"].removesuffix(EXPLAINED))

    def _dispute(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        """Stripe's fee: for a dispute and for contesting it, never more given back than taken."""
        fees = self.dispute_fees.setdefault(data["dispute"], [])
        own = self.own_rows(index, rows)
        self._forget(rows)
        for row in own:
            if row["debit"] == "stripe_fees":
                fees.append(row["cents"])
            elif row["credit"] == "stripe_fees":
                fees.append(-row["cents"])
        taken = sum(1 if cents > 0 else -1 for cents in fees)  # and not given back
        if taken > 2 or sum(fees) < 0:
            raise Bad(index, "a fee for a dispute taken again, or given back without being taken")
        if sum(fees) > DISPUTE_FEE_MOST:
            raise Bad(index, "a fee for a dispute that nobody asks")

    def _paper(self, index: int, subject: str, data: dict[str, Any], rows: Any) -> None:
        """A receipt is for what was taken, a credit note for what was given back, by number."""
        quote, party = self.story.legs[data["leg"]]
        terms = self.story.quote(index, subject, {"quote": quote})
        series = "platform" if party == "platform" else f"dr:{terms['physician_rpps']}"
        number = self.numbers.get(series, 0) + 1
        if (data["series"], data["number"]) != (series, number):
            raise Bad(index, "a paper of another series, or after a gap in its numbers")
        self.numbers[series] = number
        due = self.story.due({"quote": quote, "party": party, "cents": terms[f"{party}_cents"]})
        first = data.get("kind", "receipt") == "receipt"
        taken = data["leg"] in self.story.captured | self.story.acquitted - self.waived
        if not taken or (data["leg"] in self.receipts) == first:
            raise Bad(index, "a receipt of what was not taken, or a second one")
        if data["cents"] != due if first else not 0 < data["cents"] <= due:
            raise Bad(index, "a paper over another amount than was taken or given back")
        bps = terms["vat_bps"] if party == "platform" else 0
        if first and data["vat_cents"] != vat_inside(due, bps):
            raise Bad(index, "a receipt with another VAT than that of its amount")
        self.receipts.add(data["leg"])

    _checks: dict[str, Callable[["Ties", int, str, dict[str, Any], Any], None]] = {
        "book.opened": _opened,
        "book.moved": _balance,
        "book.unexplained": _unknown,
        "leg.authorised": _held,
        "gate.passed": _gate,
        "leg.captured": _captured,
        "leg.owed-back": _owed_back,
        "leg.acquitted": _settled,
        "leg.waived": _waived,
        **dict.fromkeys(OVER, _untaken),
        "leg.refunded": _refund,
        "leg.refund-failed": _refund_failed,
        "leg.disputed": _dispute,
        "leg.dispute-closed": _dispute,
        "receipt.issued": _paper,
    }


# --- the story replayed -------------------------------------------------------------------------


class Replay:
    """Follows every question and every book through the entries, in their order."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.answers: dict[str, tuple[str, str]] = {}  # answer -> question, when it was signed
        self.takers: dict[str, str] = {}  # question -> RPPS of who claimed it last
        self.quotes: dict[str, tuple[str, dict[str, Any]]] = {}
        self.accepted: dict[str, dict[str, Any]] = {}
        self.legs: dict[str, tuple[str, str]] = {}
        self.leg_of: dict[tuple[str, str], str] = {}  # quote and party -> payment
        self.passes: dict[str, str] = {}
        self.charged: set[str] = set()  # quotes that have a pass
        self.captured: set[str] = set()
        self.at = ""  # the moment of the act that is followed
        self.agreed: dict[str, str] = {}  # question -> its quote that was accepted last
        self.due_at: dict[str, datetime] = {}  # question -> until when its answer was agreed
        self.by_minute: set[str] = set()  # questions of an accepted quote by the minute
        self.spoke: dict[str, list[datetime]] = {}  # of those: when their physician wrote
        self.there: dict[tuple[str, str], set[datetime]] = {}  # question and side -> came
        self.offers: dict[str, dict[str, Any]] = {}  # judgment of an offer -> what was judged
        self.lines: dict[str, list[Line]] = {}  # tier -> its lines of the price list
        self.unlisted: list[int] = []  # quotes of a fee that no price list told of yet
        self.breached: set[str] = set()  # questions whose agreed time passed unanswered
        self.stopped: dict[str, datetime] = {}  # quote -> when its meter was ended
        self.metered: dict[str, int] = {}  # quote -> what its meter came to, in cents
        self.by_hand: dict[str, int] = {}  # holds seen taken by their holder -> that entry
        self.elsewhere: dict[str, int] = {}  # payments taken by their holder -> what they took
        self.back: dict[str, int] = {}  # of those -> the entry that says they go back whole
        self.owing: dict[str, int] = {}  # of those, not yet ordered back -> the entry that says so
        self.reminded: set[tuple[str, int]] = set()  # payment and bound in days
        self.memos: dict[str, int] = {}  # payment -> cents of its holds that count
        self.refunded: dict[str, dict[str, int]] = {}  # payment -> refund -> cents
        self.acts: dict[str, Law] = {}  # question -> how its act was judged
        self.again: dict[str, tuple[str, str]] = {}  # decision -> question, outcome
        self.incidents: dict[str, int] = {}  # questions charged wrongly -> the entry that says so
        self.wrong: dict[str, int] = {}  # question -> the entry that says so, before its incident
        self.acquitted: set[str] = set()
        self.held: dict[str, dict[str, list[int]]] = {}  # payment -> dispute -> cents held, lost
        self.posted: set[tuple[str, int]] = set()
        self.balances: dict[tuple[str, str], int] = {}
        self.counted = {"quotes": 0, "passes": 0, "captures": 0, "journal rows": 0}
        self.ties = Ties(self)

    def follow(self, record: Record) -> None:
        """Take one entry into the story; raises `Bad` where the story breaks."""
        index, kind, subject, data, law, at, who = record
        self.at = at
        try:
            # What was held is let in, or turned away, by a human.
            if kind in DECIDED and law is None and self.states.get(subject) != "held":
                raise Bad(index, f"{kind} without a decision")
            if law is not None and not law[1] >= DECIDED.get(kind, set()):
                raise Bad(index, f"{kind} with a decision by other rules than it asks")
            if subject in self.wrong and kind != "incident.opened":
                raise Bad(index, "a wrong charge was found before this, and no incident opened")
            if kind in STATES:
                self._move(index, kind, subject, data, law)
            elif kind == "message.posted":
                if self.states.get(subject) not in WRITABLE:
                    raise Bad(index, "a message in a question that takes none")
                if who == "physician" and subject in self.by_minute:
                    self.spoke.setdefault(subject, []).append(datetime.fromisoformat(at))
            elif step := self._steps.get(kind):
                step(self, index, subject, data, law)
            elif kind in SAID:
                self._told(kind, index, law)
            for row in data.get("journal", []):
                own = self._own_book(index, subject, data, kind)
                self._post(index, own, data.get("party", ""), row)
                self._hold_counts(index, data, row)
            self.ties.check(index, kind, subject, data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Bad(index, f"{kind} has not the agreed form ({error!r})") from None

    def _move(
        self, index: int, kind: str, subject: str, data: dict[str, Any], law: Law | None
    ) -> None:
        before, after = STATES[kind]
        state = self.states.get(subject)
        if state not in before:
            raise Bad(index, f"{kind} on a question that is {state or 'not there'}")
        refused = law is not None and law[0] == "block_intake"
        if law is not None and refused != (kind == "question.refused"):
            raise Bad(index, f"{kind} with a decision that says otherwise")
        self.states[subject] = after
        if kind == "question.queued":
            self._queue(index, subject)
        if kind == "question.claimed":
            self.takers[subject] = data["physician_rpps"]
        if kind == "answer.given":
            if data["physician_rpps"] != self.takers[subject]:
                raise Bad(index, "an answer by somebody else than who claimed the question")
            self.answers[data["answer"]] = subject, law[3] if law else ""

    def _queue(self, index: int, subject: str) -> None:
        """The agreed time runs, once, from the queue that an accepted quote puts a question in."""
        begun = datetime.fromisoformat(self.at)
        if subject in self.due_at:
            raise Bad(index, "a question queued again, so that its agreed time begins anew")
        if subject in self.agreed:
            within = self.quotes[self.agreed[subject]][1]["answer_within_seconds"]
            self.due_at[subject] = begun + timedelta(seconds=within)

    def _issued(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        terms = {name: value for name, value in data.items() if name != "sha256"}
        if hashlib.sha256(canonical(terms)).hexdigest() != data["sha256"]:
            raise Bad(index, "the quote's terms do not hash to its sha256")
        if data["quote"] in self.quotes:
            raise Bad(index, "a quote issued twice")
        if law is None or data["billable"] != (law[0] == "billable"):
            raise Bad(index, "a quote that its own forecast does not allow")
        if not data["billable"] and (data["honoraires_cents"] or data["platform_cents"]):
            raise Bad(index, "a price on an act that its own forecast does not bill")
        rate = data.get("per_minute_cents", 0)
        if rate and data["platform_cents"] != rate * data["cap_minutes"]:
            raise Bad(index, "a cap that is not the rate times its minutes")
        if (rate or data["platform_cents"]) and not self._offered(index, data):
            raise Bad(index, "a fee that the price list, as published, does not name")
        if hurried(data) and not here(data, "issued_at"):
            raise Bad(index, "an answer within minutes, promised by somebody who was not here")
        self.quotes[data["quote"]] = subject, data
        self.counted["quotes"] += 1

    def _offered(self, index: int, quote: dict[str, Any]) -> bool:
        """Say whether a fee is the one then published; before a first line nothing is known."""
        tier, rate = quote["tier"], quote.get("per_minute_cents", 0)
        names = [name for name in (tier, PRICED_AS.get(tier)) if name]
        if tier not in TIERS:
            return False
        shown, asked = datetime.fromisoformat(quote["issued_at"]), rate or quote["platform_cents"]
        before = shown - timedelta(seconds=TOLERANCE)
        told = any(line[0] <= before for line in self.lines.get(names[-1], []))
        if not told and tier not in JUDGED_TIERS and not rate:
            self.unlisted.append(index)  # as it stood when the log began
            return True
        priced: set[tuple[int, bool, int, int]] = set()
        for at in (shown, before):
            for name in names:
                past = [line for line in self.lines.get(name, []) if line[0] <= at]
                if past and not past[-1][2]:
                    priced.add((past[-1][1], *past[-1][3:]))
        said = asked, bool(rate), quote["vat_bps"], quote["answer_within_seconds"]
        return said in priced

    def _offer(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        self._told("offer.judged", index, law)
        if law is not None:
            self.offers[law[4]] = data

    def _published(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        """Check that a price by speed or minutes is the one that was judged."""
        judged = self.offers.get(data["offer"])
        named = data["pricing_unit"] != "per_act" or data["tier"] in JUDGED_TIERS
        if judged is None and (data["offer"] or named) and not data["withdrawn"]:
            raise Bad(index, "a price by speed or minutes that nobody judged")
        said = (data["platform_cents"], data["pricing_unit"])
        if judged is not None and said != (judged["price_cents"], judged["pricing_unit"]):
            raise Bad(index, "another price is published than the one that was judged")
        begins = datetime.fromisoformat(data["effective_from"])
        by_minute, out = data["pricing_unit"] == MINUTES, data["withdrawn"]
        promised = data["vat_bps"], data["answer_within_seconds"]
        line = begins, data["platform_cents"], out, by_minute, *promised
        self.lines.setdefault(data["tier"], []).append(line)

    def _addressed(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        """Check that an entry on a business names nobody, and changes no invoice."""
        if set(data) != {"customer", "business"}:
            raise Bad(index, "an entry on a business that says more than that there is one")
        fee = self.leg_of.get((self.agreed.get(subject, ""), "platform"))
        if fee in self.ties.receipts:
            raise Bad(index, "an invoice addressed to another once it was issued")

    def _confirmed(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        self.quote(index, subject, data)
        if data["quote"] not in self.accepted:
            raise Bad(index, "an order confirmed that nobody made")

    def _gone_back(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        self._confirmed(index, subject, data, law)
        if self.states.get(subject) != "withdrawn":
            raise Bad(index, "a withdrawal confirmed that nobody made")

    def _accepted(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        quote = self.quote(index, subject, data)
        if data["sha256"] != quote["sha256"]:
            raise Bad(index, "another quote was accepted than the one issued")
        if data["quote"] in self.accepted:
            raise Bad(index, "a quote accepted twice")
        shown, said, end = (
            datetime.fromisoformat(text)
            for text in (data["shown_at"], data["accepted_at"], quote["expires_at"])
        )
        if not shown <= said < end:
            raise Bad(index, "a quote accepted before it was shown, or after its term")
        if hurried(quote) and not here(data, "accepted_at"):
            raise Bad(index, "an answer within minutes, agreed to while nobody was here for it")
        quoted = {p: quote[f"{p}_cents"] for p in ("honoraires", "platform")}
        legs = {leg["party"]: leg["cents"] for leg in data["legs"]}
        if legs != {p: cents for p, cents in quoted.items() if cents}:
            raise Bad(index, "the payments are not the lines of the quote")
        for leg in data["legs"]:
            if leg["leg"] in self.legs:
                raise Bad(index, "a payment of two quotes")
            self.legs[leg["leg"]] = data["quote"], leg["party"]
            self.leg_of[data["quote"], leg["party"]] = leg["leg"]
        self.accepted[data["quote"]] = data
        self.agreed[subject] = data["quote"]
        if quote.get("per_minute_cents"):
            self.by_minute.add(subject)

    def _passed(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        quote = self.quote(index, subject, data)
        if law is None or law[0] != "billable" or not law[1] >= PASS_SCOPES:
            raise Bad(index, "a pass without a decision, by all its rules, that bills")
        if data["quote"] not in self.accepted:
            raise Bad(index, "a pass for a quote that was not accepted")
        if data["quote"] != self.agreed[subject]:
            raise Bad(index, "a pass for a quote in whose place another was accepted")
        self._signed(index, subject, data, law)
        if self.takers[subject] != quote["physician_rpps"]:  # who answered, too
            raise Bad(index, "a pass for an answer by another physician than its quote names")
        if subject in self.breached or datetime.fromisoformat(law[3]) > self.due_at[subject]:
            raise Bad(index, "a pass after the agreed time had passed")
        if data["pass"] in self.passes or data["quote"] in self.charged:
            raise Bad(index, "a second pass for the same quote")
        said = {"quote": quote, "acceptance": self.accepted[data["quote"]]}
        for fact, (where, name) in AGREED.items():
            if law[2].get(fact) != said[where][name]:
                raise Bad(index, f"a pass judged with another {fact} than was agreed")
        self._read_meter(index, subject, data, quote, law[3])
        self.passes[data["pass"]] = data["quote"]
        self.charged.add(data["quote"])
        self.counted["passes"] += 1

    def _breached(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        if subject in self.breached or self.states.get(subject) not in ("queued", "claimed"):
            raise Bad(index, "a time that passed twice, or on a question nobody waited on")
        late = data["seconds_late"]
        if due := self.due_at.get(subject):
            apart = datetime.fromisoformat(self.at) - due
            if apart <= timedelta(0) or late != apart // timedelta(seconds=1):
                raise Bad(index, "a time that passed at another moment than was agreed")
        if late < 0:
            raise Bad(index, "a time that passed before it did")
        self.breached.add(subject)

    def _read_meter(
        self, index: int, subject: str, data: dict[str, Any], quote: dict[str, Any], signed: str
    ) -> None:
        """Count a meter's whole minutes again, from the times that its entry tells of."""
        rate, said = quote.get("per_minute_cents", 0), data.get("metered")
        if bool(rate) != bool(said):
            raise Bad(index, "a meter without a rate in its quote, or a rate without a meter")
        if said is None:
            return
        last, elapsed = datetime.min.replace(tzinfo=UTC), timedelta(0)
        if said["together"]:
            first = datetime.fromisoformat(said["started_at"])
            agreed = datetime.fromisoformat(self.accepted[data["quote"]]["accepted_at"])
            came = [self.there[subject, side] for side in ("patient", "physician")]
            last = max(first, agreed, *(min(side) for side in came))
            wrote = [at for at in self.spoke.get(subject, []) if at >= agreed]
            if not wrote or first != min(wrote):
                raise Bad(index, "a meter that starts at no first message of its physician's")
            begins = {first}.union(*came)
        for piece in said["together"]:
            start, end = (datetime.fromisoformat(moment) for moment in piece)
            if not last <= start < end:
                raise Bad(index, "a meter counts time twice, or before both were there")
            if start not in begins or end > datetime.fromisoformat(signed):
                raise Bad(index, "a meter counts from where nobody came, or past the answer")
            elapsed, last = elapsed + (end - start), end
        if data["quote"] in self.stopped and elapsed and last > self.stopped[data["quote"]]:
            raise Bad(index, "a meter counts time after it was ended")
        minutes = min(elapsed // timedelta(minutes=1), quote["cap_minutes"])
        told = (said["per_minute_cents"], said["cap_cents"], said["minutes"], said["cents"])
        if told != (rate, quote["platform_cents"], minutes, minutes * rate):
            raise Bad(index, "a meter that is not its rate times the minutes, within its cap")
        self.metered[data["quote"]] = said["cents"]

    def _there(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        began, told = datetime.fromisoformat(data["began_at"]), datetime.fromisoformat(self.at)
        if not timedelta(0) < told - began <= timedelta(seconds=SILENCE):
            raise Bad(index, "somebody who came long before, or after, the entry that says so")
        if subject not in self.by_minute or data["side"] not in ("patient", "physician"):
            raise Bad(index, "a presence told of where no meter may run, or of nobody")
        self.there.setdefault((subject, data["side"]), set()).add(began)

    def _meter_ended(
        self, index: int, subject: str, data: dict[str, Any], law: Law | None
    ) -> None:
        quote = self.quote(index, subject, data)
        if data["quote"] not in self.accepted or not quote.get("per_minute_cents"):
            raise Bad(index, "the end of a meter that nobody agreed to")
        if data["quote"] in self.stopped:
            raise Bad(index, "a meter ended twice")
        self.stopped[data["quote"]] = ended = datetime.fromisoformat(data["stopped_at"])
        if ended != datetime.fromisoformat(self.at):
            raise Bad(index, "a meter ended at another moment than its entry's")

    def due(self, leg: dict[str, Any]) -> int:
        """Return what is owed of a payment: its line of the quote, or what its meter came to."""
        if (took := self.elsewhere.get(leg.get("leg", ""))) is not None:
            return took
        if leg["party"] == "platform" and leg["quote"] in self.metered:
            return self.metered[leg["quote"]]
        return int(leg["cents"])

    def taken(self) -> set[str]:
        """Return the payments that were taken, whoever took them."""
        return {*self.captured, *self.acquitted, *self.elsewhere}

    def _refused(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        if law is None:
            raise Bad(index, "a refusal of the gate without a decision")
        if law[0] == "billable" and data["quote"]:
            raise Bad(index, "a refusal of the gate with a decision that bills")
        self._signed(index, subject, data, law)

    def _signed(self, index: int, subject: str, data: dict[str, Any], law: Law) -> None:
        """Check that the gate judges an answer to this question, once, when it was signed."""
        of, signed = self.answers.pop(data["answer"], ("", ""))
        if of != subject:
            raise Bad(index, "a verdict without an answer of its own to this question")
        apart = datetime.fromisoformat(law[3]) - datetime.fromisoformat(signed)
        if abs(apart.total_seconds()) > TOLERANCE:
            raise Bad(index, "a verdict at another moment than that of its answer")
        self.acts[subject] = law

    def _captured(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        self._ordered(index, subject, data, law)
        if data["leg"] in self.taken():
            raise Bad(index, "a payment captured twice")
        due = self.due(data)
        if data.get("captured_cents", due) != due:
            raise Bad(index, "another amount was captured than the one quoted")
        taken = [row["cents"] for row in data["journal"] if row["credit"] == "receivable"]
        if sum(taken) != due:
            raise Bad(index, "another amount was written in the book than was captured")
        self.captured.add(data["leg"])
        self.by_hand.pop(data["leg"], None)
        self.counted["captures"] += 1

    def _ordered(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        if self.passes.get(data["pass"]) != data["quote"]:
            raise Bad(index, "a capture without a pass for its quote")
        if data.get("capture_cents", due := self.due(data)) != due or not due:
            raise Bad(index, "a capture of another amount than is owed")
        self.agreed_leg(index, subject, data)

    def _renewed(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        """Check that one hold takes the place of another, for the same amount."""
        self.agreed_leg(index, subject, data)
        rows = [(row["debit"], row["credit"], row["cents"]) for row in data["journal"]]
        if rows != [(*pair, data["cents"]) for pair in RENEWED_PAIRS]:
            raise Bad(index, "a hold that does not take the place of the one before it")

    def _hold_counts(self, index: int, data: dict[str, Any], row: dict[str, Any]) -> None:
        """Check that no payment ever has two holds that count."""
        change = (row["debit"] == "memo_held") - (row["credit"] == "memo_held")
        if change and "leg" in data:
            held = self.memos.get(data["leg"], 0) + change * row["cents"]
            if held > data["cents"]:
                raise Bad(index, "two holds of one payment count")
            if held < 0:
                raise Bad(index, "a hold that ends, and never stood")
            self.memos[data["leg"]] = held

    def _by_hand(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        """A hold that its holder took without us: a pass captures it, or it is owed back."""
        self.by_hand[data["leg"]] = index

    def _owed_back(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        """Check that what a holder took without us is nobody's earning, and never ours to keep."""
        self.agreed_leg(index, subject, data)
        if data["leg"] in self.taken():
            raise Bad(index, "a payment taken elsewhere that was taken already")
        for row in data["journal"]:
            if (row["debit"], row["credit"]) not in ELSEWHERE_PAIRS:
                raise Bad(index, "money taken elsewhere that moves between other accounts")
            if row["cents"] > data["cents"]:
                raise Bad(index, "more was taken elsewhere than the quote says")
        took = data.get("captured_cents", data["cents"])
        if not 0 < took <= data["cents"]:
            raise Bad(index, "another amount was taken elsewhere than was written")
        self.elsewhere[data["leg"]], self.owing[data["leg"]] = took, index
        self.back[data["leg"]] = index
        self.by_hand.pop(data["leg"], None)

    def _refund_ordered(
        self, index: int, subject: str, data: dict[str, Any], law: Law | None
    ) -> None:
        self._taken(index, subject, data)
        if data.get("reason") == "block-found" and subject not in self.incidents:
            raise Bad(index, "a refund for a block that no incident tells of")
        back = sum(self.refunded.get(data["leg"], {}).values())
        lost = sum(lost for _, lost in self.held.get(data["leg"], {}).values())
        if not 0 < data["refund_cents"] <= self.due(data) - back - lost:
            raise Bad(index, "a refund ordered of more than is left of what was captured")
        whole = self.elsewhere.get(data["leg"], 0) - lost
        if data["leg"] in self.owing and data["refund_cents"] == whole:
            del self.owing[data["leg"]]

    def _refunded(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        self._taken(index, subject, data)
        given = self.refunded.setdefault(data["leg"], {})
        if data["refund"] in given:
            raise Bad(index, "a refund given twice")
        given[data["refund"]] = data["refund_cents"]
        if data["refund_cents"] <= 0 or sum(given.values()) > self.due(data):
            raise Bad(index, "more was refunded than was captured")
        self._written(index, self.ties.own_rows(index, data["journal"]), data, "credit")

    def _refund_failed(
        self, index: int, subject: str, data: dict[str, Any], law: Law | None
    ) -> None:
        self._taken(index, subject, data)
        if "refund" not in data:  # refused at once: nothing had moved
            if data["journal"]:
                raise Bad(index, "a refund that was refused moved money")
        elif self.refunded.get(data["leg"], {}).pop(data["refund"], None) != data["refund_cents"]:
            raise Bad(index, "a refund failed that was never given, or given otherwise")
        else:
            self._written(index, data["journal"], data, "debit")

    def _contested(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        """Check that a dispute moves no more than the payment, between its own accounts."""
        self._taken(index, subject, data)
        if not 0 < data["dispute_cents"] <= self.due(data):
            raise Bad(index, "more was contested than was captured")
        own = self.ties.own_rows(index, data["journal"])
        for row in own:
            if (row["debit"], row["credit"]) not in DISPUTE_PAIRS:
                raise Bad(index, "a dispute that moves money between other accounts")
            took = (row["debit"], row["credit"]) == ("dispute_hold", "stripe")
            if took and row["cents"] != data["dispute_cents"]:
                raise Bad(index, "another amount was written in the book than was contested")
        self._hold(index, data, own)

    def _hold(self, index: int, data: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        """Follow what a dispute holds back: taken once, given back or lost, never below zero.

        What was lost stays counted apart: no bank takes it a second time. Banks may decide again,
        so after each entry what is lost is what its own word says: all that is kept, or nothing.
        Only of what stays lost is a part given back; the rest may follow, at once or late.
        """
        of_leg = self.held.setdefault(data["leg"], {})
        held, lost = of_leg.get(data["dispute"], (0, 0))
        kept = held + lost
        taken = moved(rows, ("dispute_hold", "stripe")) - moved(rows, ("stripe", "dispute_hold"))
        given = moved(rows, LOST) - moved(rows, LOST[::-1])
        held, lost = of_leg[data["dispute"]] = [held + taken - given, lost + given]
        whole = sum(map(sum, of_leg.values()))
        if held < 0 or held + lost > data["dispute_cents"] or whole > self.due(data):
            raise Bad(index, "a dispute moves what it does not hold, or more than was captured")
        if lost < 0 or (held if data["status"] == "lost" else lost):
            raise Bad(index, "a dispute counted as lost otherwise than its bank decided")
        if data["status"] != "lost" and held not in (0, kept, data["dispute_cents"]):
            raise Bad(index, "another amount was given back of a dispute than it held")

    def _moved(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        """Check a move of a party's balance that no payment explains: a payout, or unknown."""
        for row in data["journal"]:
            if (row["debit"], row["credit"]) not in BALANCE_PAIRS or row["book"] != data["book"]:
                raise Bad(index, "a move of a balance outside the accounts for it")

    def _explained(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        """Check a payout: what nobody explains has an entry of another name."""
        self._moved(index, subject, data, law)
        if any("external" in (row["debit"], row["credit"]) for row in data["journal"]):
            raise Bad(index, "an unexplained move of a balance told as an explained one")

    def _taken(self, index: int, subject: str, data: dict[str, Any]) -> None:
        if data["leg"] not in self.captured and data["leg"] not in self.elsewhere:
            raise Bad(index, "a refund of a payment that was not captured")
        self.agreed_leg(index, subject, data)

    def _written(self, index: int, rows: Any, data: dict[str, Any], side: str) -> None:
        """Check that a refund's rows move its amount out of, or back to, its own account."""
        moved = sum(row["cents"] for row in rows if row[side] == "stripe")
        whole = sum(row["cents"] for row in rows)
        if not moved == whole == data["refund_cents"]:
            raise Bad(index, "another amount was written in the book than was refunded")

    def _acquitted(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        if data["quote"] not in self.charged:
            raise Bad(index, "honoraires acquitted without a pass for their quote")
        if data["leg"] in self.captured | self.acquitted:
            raise Bad(index, "honoraires acquitted that were taken already")
        self.agreed_leg(index, subject, data)
        if self.ties.earned.get((data["quote"], data["party"])) != data["cents"]:
            raise Bad(index, "honoraires settled that the gate did not earn")
        self.acquitted.add(data["leg"])

    def _reminded(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        """Check that a reminder is of what is due at a practice, and comes once at each bound.

        It is noted after its mail has left: meanwhile the physician may have said it is settled.
        """
        self.agreed_leg(index, subject, data)
        mine = data["leg"], data["days"]
        earned = self.ties.earned.get((data["quote"], "honoraires"))
        way = self.accepted[data["quote"]]["settlement"]
        if (data["party"], way) != ("honoraires", "off_platform") or not earned:
            raise Bad(index, "a reminder of what is not due at a practice")
        if mine in self.reminded or mine[1] <= 0:
            raise Bad(index, "a reminder sent twice")
        self.reminded.add(mine)

    def _waived(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        """Check that a physician gives up what was due to them, whole, and no more than that."""
        self._acquitted(index, subject, data, law)
        rows = [(row["debit"], row["credit"], row["cents"]) for row in data["journal"]]
        if data["party"] != "honoraires" or rows != [("honoraires", "receivable", data["cents"])]:
            raise Bad(index, "honoraires waived otherwise than they were due")

    def _judged_again(
        self, index: int, subject: str, data: dict[str, Any], law: Law | None
    ) -> None:
        act = self.acts.get(subject)
        if law is None or act is None or law[3] != act[3] or not law[1] >= PASS_SCOPES:
            raise Bad(index, "judged again at another moment than its act, or by fewer rules")
        if (law[2], law[5], data["earlier"]) != (act[2], act[5], act[4]):
            raise Bad(index, "judged again on another agreement or profile, or beside another act")
        self.again[law[4]] = subject, law[0]
        charged = any(self.quotes[quote][0] == subject for quote in self.charged)
        if charged and law[0] != "billable" and subject not in self.incidents:
            self.wrong[subject] = index

    def _incident(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        of, outcome = self.again.get(data["decision"], ("", ""))
        if of != subject or outcome == "billable" or outcome != data["outcome"]:
            raise Bad(index, "an incident that no decision tells of")
        if not any(self.quotes[quote][0] == subject for quote in self.charged):
            raise Bad(index, "an incident of an act that was never charged")
        if subject in self.incidents:
            raise Bad(index, "an incident opened twice")
        self.incidents[subject] = index
        self.wrong.pop(subject, None)
        self.counted["incidents"] = self.counted.get("incidents", 0) + 1

    def _career(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        """Check that whoever begins was judged fit to: registered, insured, contract seen."""
        if data["to"] != "active":
            return
        if law is None or law[0] == "block_intake" or not law[1] >= {"physician", "contract"}:
            raise Bad(index, "a physician who begins without a decision that lets them")

    def _told(self, kind: str, index: int, law: Law | None) -> None:
        if law is None or not law[1] >= SAID[kind]:
            raise Bad(index, f"{kind} without a decision by the rules that it asks")
        if (law[0] == "block_intake") != kind.endswith(".refused"):
            raise Bad(index, f"{kind} with a decision that says otherwise")

    def _unpromised(self, index: int, subject: str, data: dict[str, Any], law: Law | None) -> None:
        """Check that a speed was refused by the rule on promises, to a question that waits."""
        if law is None or law[0] != "block_intake" or law[1] != DECIDED["promise.refused"]:
            raise Bad(index, "promise.refused with a decision that says otherwise")
        if data["code"] != NOT_HERE or data["tier"] not in JUDGED_TIERS:
            raise Bad(index, "a promise refused by another code than its rule's, or none of speed")
        if self.states.get(subject) not in ("opened", "queued"):
            raise Bad(index, "a promise refused to what is no question that waits")

    def quote(self, index: int, subject: str, data: dict[str, Any]) -> dict[str, Any]:
        of, quote = self.quotes.get(data["quote"], ("", {}))
        if of != subject:
            raise Bad(index, "a quote that was never issued for this question")
        return quote

    def agreed_leg(self, index: int, subject: str, leg: dict[str, Any]) -> None:
        """Check that a payment is one of its accepted quote's, for the amount quoted."""
        quote = self.quote(index, subject, leg)
        if self.legs.get(leg["leg"]) != (leg["quote"], leg["party"]):
            raise Bad(index, "a payment that is none of the accepted quote's")
        if leg["cents"] != quote[f"{leg['party']}_cents"]:
            raise Bad(index, f"the {leg['party']} are not what the quote says")

    def _own_book(self, index: int, subject: str, data: dict[str, Any], kind: str) -> str:
        """Return the physician's book of an entry, or the one that a move of a balance names."""
        if kind in BALANCE_KINDS:
            return str(data["book"])
        return f"dr:{self.quote(index, subject, data)['physician_rpps']}"

    def _post(self, index: int, own: str, party: str, row: dict[str, Any]) -> None:
        """Post one row, once: a transfer inside the one book of its payment's party."""
        cents, source = row["cents"], (row["source"], row["seq"])
        if not isinstance(cents, int) or isinstance(cents, bool) or cents <= 0:
            raise Bad(index, "a row of a book without a positive amount in cents")
        if source in self.posted:
            raise Bad(index, "a row of a book posted twice")
        if row["debit"] == row["credit"]:
            raise Bad(index, "a row of a book from an account to itself")
        books = {"honoraires": {own}, "platform": {"platform"}}
        if row["book"] not in books.get(party, {own, "platform"}):
            raise Bad(index, "a row in the book of another party")
        self.posted.add(source)
        for account, change in ((row["debit"], cents), (row["credit"], -cents)):
            key = (row["book"], account)
            self.balances[key] = self.balances.get(key, 0) + change
        self.counted["journal rows"] += 1

    def kept(self) -> tuple[list[int], list[int]]:
        """Return what says that a payment goes back whole, of whose money not all was seen to.

        First what was taken elsewhere, then what was charged wrongly. What a bank took back from
        its party is with the patient as well.
        """
        elsewhere = [at for leg, at in self.back.items() if self._back(leg) < self.elsewhere[leg]]
        wrong: set[int] = set()
        for leg in self.captured:
            quote, party = self.legs[leg]
            of, terms = self.quotes[quote]
            due = self.due({"quote": quote, "party": party, "cents": terms[f"{party}_cents"]})
            if of in self.incidents and self._back(leg) < due:
                wrong.add(self.incidents[of])
        return sorted(elsewhere), sorted(wrong)

    def _back(self, leg: str) -> int:
        given, held = self.refunded.get(leg, {}), self.held.get(leg, {})
        return sum(given.values()) + sum(map(sum, held.values()))

    def books(self) -> dict[str, int]:
        """Return the sum of every book; each is zero."""
        sums: dict[str, int] = {}
        for (book, _), cents in self.balances.items():
            sums[book] = sums.get(book, 0) + cents
        return sums

    def by_state(self) -> dict[str, int]:
        """Count the questions by the state that they reached."""
        counted: dict[str, int] = {}
        for state in self.states.values():
            counted[state] = counted.get(state, 0) + 1
        return counted

    _steps: dict[str, Callable[["Replay", int, str, dict[str, Any], "Law | None"], None]] = {
        AGAIN: _judged_again,
        "incident.opened": _incident,
        "physician.moved": _career,
        "quote.issued": _issued,
        "quote.accepted": _accepted,
        "gate.passed": _passed,
        "gate.refused": _refused,
        "offer.judged": _offer,
        "schedule.published": _published,
        "invoice.addressed": _addressed,
        "order.confirmed": _confirmed,
        "withdrawal.confirmed": _gone_back,
        "promise.refused": _unpromised,
        "leg.reminded": _reminded,
        "presence.began": _there,
        "meter.stopped": _meter_ended,
        "question.breached": _breached,
        "leg.capture-ordered": _ordered,
        "leg.captured": _captured,
        "leg.acquitted": _acquitted,
        "leg.waived": _waived,
        "leg.renewed": _renewed,
        "leg.taken-elsewhere": _by_hand,
        "leg.owed-back": _owed_back,
        "leg.disputed": _contested,
        "leg.dispute-closed": _contested,
        "book.moved": _explained,
        "book.unexplained": _moved,
        "leg.refund-ordered": _refund_ordered,
        "leg.refunded": _refunded,
        "leg.refund-failed": _refund_failed,
    }


# --- all of it ----------------------------------------------------------------------------------


def verify(
    folder: Path,
    *,
    key: str,
    earlier: bytes | None = None,
    openings: dict[str, Any] | None = None,
    jobs: int = 1,
) -> Report:
    """Verify an export; the report says what was found, and `why` is empty when all holds."""
    report = Report()
    try:
        _verify(report, Path(folder), key, earlier, openings or {}, jobs)
    except Bad as bad:
        report.bad_index, report.why = bad.index, bad.why
    return report


def _verify(
    report: Report,
    folder: Path,
    key: str,
    earlier: bytes | None,
    openings: dict[str, Any],
    jobs: int,
) -> None:
    trusted = trusted_key(key)
    try:
        raw = (folder / "checkpoint").read_bytes()
    except OSError:
        raise Bad(None, "there is no checkpoint") from None
    report.origin, size, root = opened_checkpoint(raw, trusted)
    report.size, report.root = size, root.hex()
    replay = _entries(report, parts(folder, size, openings, jobs), folder)
    if root_at(folder, size, size) != root:
        raise Bad(0, "the entries do not lead to the root that was signed")
    if earlier is not None:
        _, before, old_root = opened_checkpoint(earlier, trusted)
        if before > size or root_at(folder, before, size) != old_root:
            raise Bad(min(before, size), "this log does not continue the earlier checkpoint")
    report.questions, report.money = replay.by_state(), replay.counted
    report.books = replay.books()
    if wrong := [book for book, cents in report.books.items() if cents]:
        raise Bad(size - 1, f"the book {wrong[0]} does not sum to zero")
    report.unproven = unproven(report, earlier)
    report.unproven += unsettled(replay)
    if replay.wrong:  # the tree may have been signed between an act and what follows from it
        late = ranges(sorted(replay.wrong.values()))
        report.unproven.append(f"that incidents follow the wrong charges found in entries {late}")


def _entries(report: Report, found: Iterable[Part], folder: Path) -> Replay:
    """Take in what the workers found, in order, up to the first entry that is bad."""
    replay, roots = Replay(), []
    again: dict[int, int] = {}
    latest = 0
    runs: list[tuple[str, int, int, int]] = []
    for part in found:
        for record in part.records:
            replay.follow(record)
        if part.bad is not None:
            raise Bad(*part.bad)
        roots += part.roots
        runs += part.runs
        report.judged += part.judged
        for name, count in part.packs.items():
            report.packs[name] = report.packs.get(name, 0) + count
        report.sealed += part.sealed
        report.erased += part.erased
        again |= part.again
        latest = max(latest, part.latest)
    if late := [at for at in replay.wrong.values() if latest - again[at] > TOLERANCE * 1_000_000]:
        raise Bad(min(late), "a wrong charge was found, and no incident opened")
    if late := [at for at in replay.owing.values() if latest - again[at] > TOLERANCE * 1_000_000]:
        raise Bad(min(late), "money was taken elsewhere, and not ordered given back")
    check_tiles(folder, report.size, roots)
    report.scopes = complete(runs)
    return replay


def verify_proofs(raw: bytes, *, key: str) -> Report:
    """Verify some entries by their proofs: a JSON object of a checkpoint and entries."""
    report = Report()
    try:
        said = json.loads(raw)
        checkpoint = opened_checkpoint(said["checkpoint"].encode(), trusted_key(key))
        report.origin, total, root = checkpoint
        report.root = root.hex()
        for one in said["entries"]:
            index, leaf = one["index"], base64.b64decode(one["leaf"], validate=True)
            path = [base64.b64decode(node, validate=True) for node in one["path"]]
            if led(hashlib.sha256(b"\x00" + leaf).digest(), index, total, path) != root:
                raise Bad(index, "the proof of this entry does not lead to the signed root")
            read_leaf(leaf, index)
            report.size += 1
        report.unproven = ["that these are all the entries of the question: only an export is"]
    except Bad as bad:
        report.bad_index, report.why = bad.index, bad.why
    except (ValueError, KeyError, TypeError, AttributeError):
        report.why = "the file of proofs has not the agreed form"
    return report


def led(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that a leaf and its path lead to; raises `Bad` when they cannot."""
    at, last = index, size - 1
    if not 0 <= at <= last:
        raise Bad(index, "the entry is not in the tree that was signed")
    for node in path:
        if last == 0:
            raise Bad(index, "the proof is too long")
        if at & 1 or at == last:
            leaf = hashed(node, leaf)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            leaf = hashed(leaf, node)
        at, last = at >> 1, last >> 1
    if last:
        raise Bad(index, "the proof is too short")
    return leaf


def parts(folder: Path, size: int, openings: dict[str, Any], jobs: int) -> Iterator[Part]:
    """Check all bundles, in this process or in several; parts come back in order."""
    count = (size + WIDTH - 1) // WIDTH
    tasks = [range(at, min(at + CHUNK, count)) for at in range(0, count, CHUNK)]
    work = partial(check_part, folder, size, openings)
    if jobs < 2 or size < PARALLEL_FROM:
        yield from map(work, tasks)
        return
    ways = multiprocessing.get_all_start_methods()
    with multiprocessing.get_context("fork" if "fork" in ways else None).Pool(jobs) as pool:
        yield from pool.imap(work, tasks)


def complete(runs: list[tuple[str, int, int, int]]) -> dict[str, int]:
    """Check that the numbers of each scope run from 0 without a gap; return their counts."""
    counts: dict[str, int] = {}
    for scope, n, count, index in runs:
        if n != counts.get(scope, 0):
            raise Bad(index, f"number {n} of scope {scope} does not follow {counts.get(scope, 0)}")
        counts[scope] = n + count
    return counts


def unproven(report: Report, earlier: bytes | None) -> list[str]:
    """Say what an export cannot show."""
    said = [
        "that the recorded facts are true, or that nothing was done without being recorded",
        "the contents behind commitments: messages, answers and reports are not in the log",
        "that others were shown the same log: no witness has countersigned",
    ]
    if report.packs:
        said.append("that the rules are the published ones: compare their fingerprints")
    for name, indexes in (("sealed", report.sealed), ("erased", report.erased)):
        if indexes:
            said.append(f"in part not re-judged: {name}: entries {ranges(indexes)}")
    if earlier is None:
        said.append("that the log was never rewritten: no earlier checkpoint was given")
    return said


def unsettled(replay: Replay) -> list[str]:
    """Say what the log leaves open: money that is nobody's yet, and prices it tells no list of."""
    elsewhere, wrong = replay.kept()
    unexplained = [at for at, _ in replay.ties.unexplained.values()]
    found = {
        "that what was taken elsewhere is given back": elsewhere,
        "that what was charged wrongly is given back": wrong,
        "what becomes of holds that their holder took": [*replay.by_hand.values()],
        "what lines of a balance are that nobody explained": unexplained,
        "that fees are those of a price list, before it was told": replay.unlisted,
    }
    return [f"{what}, in entries {ranges(sorted(at))}" for what, at in found.items() if at]


def ranges(indexes: list[int], most: int = 20) -> str:
    """Write sorted indexes as ranges: 3, 5-7; past `most` of them only how many follow."""
    runs: list[list[int]] = []
    for index in indexes:
        if runs and runs[-1][1] == index - 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    said = [str(a) if a == b else f"{a}-{b}" for a, b in runs[:most]]
    left = sum(b - a + 1 for a, b in runs[most:])
    return ", ".join([*said, *([f"and {left} more (--json names them)"] if left else [])])


def printed(report: Report) -> str:
    """Return the report as lines for people."""
    if report.why:
        where = "the checkpoint" if report.bad_index is None else f"index {report.bad_index}"
        return f"FALSIFIED at {where}: {report.why}"

    def listed(counts: dict[str, int]) -> str:
        return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"

    lines = [
        ("log", f"{report.origin}, {report.size} entries, root {report.root}"),
        ("scopes", f"complete: {listed(report.scopes)}"),
        ("questions", listed(report.questions)),
        ("money", listed(report.money)),
        ("books", f"sum to zero: {listed(report.books)}"),
        (
            "decisions",
            f"{report.judged} judged again, {len(report.sealed)} sealed in part,"
            f" {len(report.erased)} erased in part",
        ),
        *(("rules", f"{name}: {count} decisions") for name, count in report.packs.items()),
        *(("not proven", text) for text in report.unproven),
    ]
    return "\n".join(f"{name:<12}{text}" for name, text in lines) + "\nVERIFIED"


def main(argv: Sequence[str] | None = None) -> int:
    """Verify from the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="verifier", description=__doc__.split("\n")[0])
    parser.add_argument("export", type=Path, help="a folder, or a file of proofs")
    parser.add_argument("--key", type=Path, required=True, help="the verifier key, a file")
    parser.add_argument("--earlier", type=Path, help="a checkpoint seen before")
    parser.add_argument("--openings", type=Path, help="openings of sealed facts, by index")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(argv)
    try:
        if options.export.is_file():
            report = verify_proofs(options.export.read_bytes(), key=options.key.read_text())
        else:
            report = _verified_export(options)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"verifier: {error}\n")
        return 2
    text = json.dumps({**vars(report), "ok": report.ok}) if options.json else printed(report)
    sys.stdout.write(text + "\n")
    return 0 if report.ok else 1


def _verified_export(options: argparse.Namespace) -> Report:
    return verify(
        options.export,
        key=options.key.read_text(),
        earlier=options.earlier.read_bytes() if options.earlier else None,
        openings=json.loads(options.openings.read_text()) if options.openings else None,
        jobs=options.jobs,
    )


if __name__ == "__main__":
    sys.exit(main())
