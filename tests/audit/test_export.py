"""A whole export of a real log verifies, is recorded first, and holds nothing sealed."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from audit import seal, verifier
from audit.actions import record
from audit.actions.body import UnfitBody
from audit.facts import SYSTEM
from audit.law import packs
from audit.law.evaluator import judge
from audit.law.model import Fact
from audit.models import Account, Entry, Opening
from consults import keys
from tests import people
from tests.audit import forge
from tests.billing.conftest import sandbox, walk  # noqa: F401 - fixtures

KEY = b"k" * 32


def decide(*, subject, key=KEY, **facts):
    decision = judge(
        facts={name: Fact(value, "patient") for name, value in facts.items()},
        scopes=("intake",),
        at=datetime.now(UTC),
        profile="cnom2016",
        pack=packs.load(),
    )
    with transaction.atomic():
        entry_id = record(
            type="record.listed",
            subject=subject,
            scope="75",
            actor=SYSTEM,
            now=datetime.now(UTC),
            decision=decision,
            key=key,
        )
    return entry_id


def test_a_real_log_is_exported_and_verified(written, signed, tmp_path):
    Account.objects.create_user("marqueur@exemple.fr", "secret")
    decide(subject=uuid4(), patient_age_years=41, red_flag_detected=True)
    written(300)
    size = signed()
    folder = tmp_path / "export"
    call_command("export_log", str(folder), "--wait", "0")
    assert Entry.objects.order_by("-id")[0].type == "log.exported"
    key = (tmp_path / "export.vkey").read_text()
    report = verifier.verify(folder, key=key)
    assert report.ok, report.why
    assert report.size == size and len(report.sealed) == 1
    whole = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    entries = b"".join(p.read_bytes() for p in (folder / "tile" / "entries").rglob("*.p/*"))
    assert b"marqueur" not in whole and b"emergency-redirect" not in entries
    assert b'"value":41' not in entries
    types = [leaf["e"]["type"] for leaf in forge.bodies(folder)]
    assert "account.changed" in types and len(types) == size


def test_the_opening_of_sealed_facts_needs_the_patients_key(database):
    subject = uuid4()
    entry_id = decide(subject=subject, patient_age_years=41)
    opening = Opening.objects.get(entry_id=entry_id)
    place = {"question": subject, "seq": 0, "field": opening.field, "author": opening.author}
    opened = seal.unseal(KEY, bytes(opening.sealed), **place)
    assert b'"value":41' in opened
    with pytest.raises(seal.Unreadable):
        seal.unseal(b"o" * 32, bytes(opening.sealed), **place)
    with pytest.raises(UnfitBody, match="needs the key"):
        decide(subject=subject, key=None, patient_age_years=41)


def test_nothing_is_exported_before_something_is_signed(written, tmp_path):
    written()
    with pytest.raises(CommandError, match="signed"):
        call_command("export_log", str(tmp_path / "export"), "--wait", "0")
    assert not (tmp_path / "export").exists()


def test_an_export_does_not_write_over_another(written, signed, tmp_path):
    written()
    signed()
    call_command("export_log", str(tmp_path / "export"), "--wait", "0")
    with pytest.raises(CommandError, match="not empty"):
        call_command("export_log", str(tmp_path / "export"))


def test_an_authorised_export_opens_what_is_sealed_and_says_what_was_erased(
    walk, signed, tmp_path, capsys  # noqa: F811
):  # fmt: skip
    other = people.a_patient()
    people.asked(other, walk.physician, ground="none")
    keys.destroy(other.patient.key_id)
    signed()
    folder = tmp_path / "export"
    call_command("export_log", str(folder), "--wait", "0", "--openings")
    assert '"openings":true' in bytes(Entry.objects.get(type="log.exported").body).decode()
    beside = tmp_path / "export.openings.json"
    assert beside.stat().st_mode & 0o077 == 0 and not (folder / beside.name).exists()
    openings = json.loads(beside.read_text())
    key = (tmp_path / "export.vkey").read_text()
    closed = verifier.verify(folder, key=key)
    opened = verifier.verify(folder, key=key, openings=openings)
    assert closed.ok and opened.ok, opened.why
    assert len(closed.sealed) == len(openings) >= 2
    assert (opened.sealed, len(opened.erased)) == ([], 1)
    assert opened.judged == closed.judged + len(closed.sealed) - 1
    capsys.readouterr()
    arguments = [str(folder), "--key", str(tmp_path / "export.vkey"), "--openings", str(beside)]
    assert verifier.main(arguments) == 0
    assert f"not re-judged: erased: entries {opened.erased[0]}" in capsys.readouterr().out
