"""The exact bytes of leaves and of the bundles that carry them (C2SP tlog-tiles)."""

from collections.abc import Iterable, Iterator

MAX_LEAF_BYTES = 0xFFFF


def leaf_bytes(index: int, moment: int, scope: str, n: int, body: bytes) -> bytes:
    """Return a leaf: its place, the database's moment in µs, its number in its scope, its body.

    The body is taken over verbatim: what was recorded is what is hashed.
    """
    head = f'{{"i":{index},"t":{moment},"s":"{scope}","n":{n},"e":'
    return head.encode("ascii") + body + b"}"


def bundle(leaves: Iterable[bytes]) -> bytes:
    """Return an entry bundle: each leaf behind its length in two bytes, big-endian."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def unbundled(content: bytes) -> Iterator[bytes]:
    """Give the leaves of a bundle back; `ValueError` when it is cut short."""
    at = 0
    while at < len(content):
        end = at + 2 + int.from_bytes(content[at : at + 2], "big")
        if end > len(content):
            raise ValueError("an entry bundle is cut short")
        yield content[at + 2 : end]
        at = end


# What a leaf is made of, as the database holds it: for the signer, exports and pages alike.
STORED_LEAVES = (
    "SELECT l.index, l.scope, l.n, l.hash, e.body, e.scope,"
    " (extract(epoch FROM e.at) * 1000000)::bigint"
    " FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry_id"
    " WHERE l.index >= %s AND l.index < %s ORDER BY l.index"
)
