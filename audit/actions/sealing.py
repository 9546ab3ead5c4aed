"""What a decision may show: sensitive facts, and the findings that read them, become commitments.

The openings (values and salts) are sealed under the patient's key. A commitment is over the
canonical JSON of `{"fact", "name"}`, or of `{"decision", "fired", "flags", "silent"}`.
"""

import secrets
from collections.abc import Iterable
from typing import Any

from audit.facts import Json, canonical
from audit.law import dictionary, packs
from audit.law.model import Decision
from audit.seal import SALT_BYTES, commitment

Shown = dict[str, Json]
Openings = dict[str, Any]


def shown(*, decision: Decision) -> tuple[Shown, Openings]:
    """Return the decision as the log may show it, and what opens its commitments.

    The openings are empty when the decision rests on open facts alone.
    """
    said: dict[str, Any] = decision.as_json()
    hidden = {name for name in decision.facts if dictionary.is_sensitive(name)}
    if not hidden:
        return said, {}
    openings: Openings = {"decision": str(decision.id), "facts": {}}
    for name in sorted(hidden):
        fact = said["facts"][name]
        salt, sealed = _committed({"fact": fact, "name": name})
        openings["facts"][name] = {"salt": salt, "fact": fact}
        said["facts"][name] = {"sealed": sealed}
    telling = _telling(hidden, [f.rule for f in decision.fired] + list(decision.silent))
    findings: Openings = {
        "decision": str(decision.id),
        "fired": [row for row in said["fired"] if row["rule"] in telling],
        "flags": [rule for rule in said["flags"] if rule in telling],
        "silent": [rule for rule in said["silent"] if rule in telling],
    }
    salt, said["sealed_fired"] = _committed(findings)
    openings["findings"] = {"salt": salt, **findings}
    said["fired"] = [row for row in said["fired"] if row["rule"] not in telling]
    said["flags"] = [rule for rule in said["flags"] if rule not in telling]
    said["silent"] = [rule for rule in said["silent"] if rule not in telling]
    return said, openings


def _telling(hidden: Iterable[str], rules: Iterable[str]) -> set[str]:
    """Return the rules whose finding would tell a hidden fact, fired or silent alike."""
    pack, names = packs.load(), set(hidden)
    known = {rule.id: set(rule.facts) for rule in pack.rules}
    return {rule for rule in rules if rule not in known or known[rule] & names}


def _committed(content: Json) -> tuple[str, str]:
    """Return a fresh salt and the commitment it makes, both in hexadecimal."""
    salt = secrets.token_bytes(SALT_BYTES)
    return salt.hex(), commitment(salt, canonical(content)).hex()
