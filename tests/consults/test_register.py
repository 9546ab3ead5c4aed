"""The national register: what is believed, what is refused, and what each load changes."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from audit.facts import SYSTEM
from consults.actions import register
from consults.actions.register import adopt_register
from consults.facts import rpps_is_valid
from consults.management.commands import import_register
from consults.models import Attestation, Register, RegisterEntry, RegisterLoad
from consults.queries.eligibility import physician_facts
from consults.queries.register import current_load
from consults.register import loading, reading
from consults.register.layout import BAD_LINES, REFUSALS
from consults.register.synthetic import HEADER, Form, lines, synthetic_rpps
from tests.people import a_physician, an_applicant, now
from tests.waiting import until

ROOT = Path(__file__).parents[2]
DATABASE = pytest.mark.django_db
NAME_OF_1 = "Dre Andrea Epure"


@pytest.fixture
def written(tmp_path):
    """Writes a synthetic file; `edit` may change its lines."""

    def write(number=40, *, form=None, edit=lambda read: read, name="register.txt"):
        path = tmp_path / name
        path.write_bytes(b"".join(edit(list(lines(number, form=form)))))
        return path

    return write


@pytest.fixture
def loaded(written):
    """A register of forty lines is in use."""
    call_command("import_register", str(written()))
    return current_load()


def field(line: bytes, name: str, value: str) -> bytes:
    """The line with one column changed."""
    fields = line.decode().split("|")
    fields[HEADER.index(name)] = value
    return "|".join(fields).encode()


def entries(kind: str) -> list[dict]:
    """The bodies of the log's entries of a type, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM audit_entry ORDER BY id")
        read = [json.loads(bytes(row[0])) for row in cursor.fetchall()]
    return [body for body in read if body["type"] == kind]


def refusal(path, *options: str) -> str:
    """The code under which a file is refused."""
    with pytest.raises(CommandError) as refused:
        call_command("import_register", str(path), *options)
    assert refused.value.returncode == 1
    assert "nothing was changed" in str(refused.value)
    code = str(refused.value).split(": ")[1]
    assert code in REFUSALS
    return code


def test_the_same_seed_writes_the_same_file_with_true_keys():
    assert list(lines(50, seed=3)) == list(lines(50, seed=3))
    assert list(lines(50, seed=3)) != list(lines(50, seed=4))
    numbers = {synthetic_rpps(n) for n in (*range(0, 5000, 7), 10**8)}
    assert all(rpps_is_valid(rpps) for rpps in numbers)
    assert len({synthetic_rpps(n) for n in range(5000)}) == 5000


@DATABASE
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize(
    ("columns", "trailing", "fields"),
    [(52, False, 52), (52, True, 53), (56, False, 56), (56, True, 57)],
)
def test_every_form_seen_is_read_in_both_encodings(written, encoding, columns, trailing, fields):
    path = written(form=Form(columns, trailing, encoding))
    assert path.read_bytes().split(b"\n")[0].count(b"|") + 1 == fields
    call_command("import_register", str(path))
    load = current_load()
    assert (load.encoding, load.lines, load.rejected) == (encoding, 40, 0)
    first = RegisterEntry.objects.filter(load=load).first()
    assert first.rpps == "99999990007"
    assert first.site.startswith("CABINET SYNTHÉTIQUE")


@DATABASE
def test_columns_are_found_by_name_whatever_their_order(written):
    def reverse(read):
        rows = [line.decode().removesuffix("|\n").split("|") for line in read]
        return [("|".join(reversed(row)) + "\r\n").encode() for row in rows]

    call_command("import_register", str(written(edit=reverse)))
    assert RegisterEntry.objects.first().authority == "CNOM/CNOM/ARS"


@DATABASE
def test_only_physicians_are_kept_with_all_their_activities(loaded):
    rows = RegisterEntry.objects.filter(load=loaded)
    assert loaded.rows == rows.count() < loaded.lines
    assert set(rows.values_list("authority", flat=True)) == {"CNOM/CNOM/ARS"}
    assert rows.filter(rpps=synthetic_rpps(0)).count() == 2
    assert rows.filter(rpps=synthetic_rpps(1)).count() == 1
    assert not rows.filter(rpps=synthetic_rpps(5)).exists()


@DATABASE
@pytest.mark.parametrize("strange", ["C:\\site", "a\tb", "\\N", "\\.", "a\rb", "«œ€»", '"'])
def test_strange_characters_arrive_as_they_were(written, strange):
    edit = lambda read: [*read[:1], field(read[1], "Raison sociale site", strange), *read[2:]]  # noqa: E731
    call_command("import_register", str(written(edit=edit)))
    assert RegisterEntry.objects.get(line=2).site == strange


@DATABASE
def test_bad_lines_are_counted_and_written_out_with_their_numbers(written, capsys):
    def spoil(read):
        read[1] = b"8|too|short|\n"
        read[2] = read[2].replace(b"99999990007", b"99999990008")
        read[3] = field(read[3], "Identifiant PP", "99999990023")
        read[4] = field(read[4], "Raison sociale site", "a\0b")
        read[200] = read[200].replace("Activité".encode(), "Activité".encode("latin-1"))
        return read

    path = written(400, edit=spoil)
    call_command("import_register", str(path))
    found = Path(f"{path}.rejected").read_bytes().splitlines()
    assert found[0] == b"2\tfields\t8|too|short|"
    assert {(int(line.split(b"\t")[0]), line.split(b"\t")[1].decode()) for line in found} == {
        (2, "fields"), (3, "identifier"), (4, "identifier"), (5, "control-character"),
        (201, "encoding"),
    }  # fmt: skip
    assert {line.split(b"\t")[1].decode() for line in found} == set(BAD_LINES)
    assert (current_load().lines, current_load().rejected) == (400, 5)
    assert "5 bad lines, written to" in capsys.readouterr().out


@DATABASE
def test_bad_lines_go_where_they_are_asked_to_and_an_old_file_of_them_goes_away(written, tmp_path):
    place = tmp_path / "bad.txt"
    place.write_text("of another day")
    path = written()
    call_command("import_register", str(path), "--rejected", str(place))
    assert not place.exists()
    assert refusal(path, "--rejected", str(path)) == "REGISTER_UNREADABLE"
    assert path.exists()


def renamed(read):
    return [read[0].replace(b"Code profession", b"Profession"), *read[1:]]


def twice(read):
    return [read[0].replace("Libellé profession".encode(), b"Code profession"), *read[1:]]


REFUSED = {
    "no header": (lambda read: read[1:], "REGISTER_HEADER_WRONG"),
    "a column missing": (renamed, "REGISTER_HEADER_WRONG"),
    "a column twice": (twice, "REGISTER_HEADER_WRONG"),
    "too few columns": (lambda read: [b"a|b|c\n", *read[1:]], "REGISTER_HEADER_WRONG"),
    "nothing": (lambda read: [], "REGISTER_HEADER_WRONG"),
    "no end of line": (lambda read: [*read[:-1], read[-1][:-1]], "REGISTER_TRUNCATED"),
    "a short last line": (lambda read: [*read[:-1], b"8|999|\n"], "REGISTER_TRUNCATED"),
    "cut in a header": (lambda read: [read[0].rstrip()], "REGISTER_TRUNCATED"),
    "sixteen bits": (
        lambda read: [b"".join(read).decode().encode("utf-16")],
        "REGISTER_ENCODING_UNKNOWN",
    ),
    "neither encoding": (
        lambda read: [read[0].replace("é".encode(), b"\x81"), *read[1:]],
        "REGISTER_ENCODING_UNKNOWN",
    ),
    "two encodings": (
        lambda read: [read[0], *(line.decode().encode("cp1252") for line in read[1:])],
        "REGISTER_ENCODING_UNKNOWN",
    ),
    "thirty percent fewer": (lambda read: read[:29], "REGISTER_TOO_FEW"),
    "no physician": (
        lambda read: [line.replace(b"|10|", b"|60|") for line in read],
        "REGISTER_TOO_FEW",
    ),
}


@DATABASE
@pytest.mark.parametrize("wrong", REFUSED)
def test_a_wrong_file_changes_nothing_and_says_why(loaded, written, wrong):
    edit, code = REFUSED[wrong]
    an_applicant()
    before = (entries("register.changed"), entries("register.loaded"))
    assert refusal(written(edit=edit, name="next.txt")) == code
    assert current_load() == loaded
    assert RegisterLoad.objects.count() == 1
    assert RegisterEntry.objects.count() == loaded.rows
    assert (entries("register.changed"), entries("register.loaded")) == before


@DATABASE
def test_a_missing_file_and_a_second_import_are_refused_by_name(loaded, written, database):
    assert refusal("/nowhere/at/all.txt") == "REGISTER_UNREADABLE"
    with psycopg.connect(database.url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [loading.TURN])
        assert refusal(written()) == "REGISTER_BUSY"
    call_command("import_register", str(written()))


@DATABASE
def test_a_little_less_than_thirty_percent_fewer_is_believed_and_more_on_demand(loaded, written):
    call_command("import_register", str(written(edit=lambda read: read[:30])))
    assert current_load().lines == 29
    few = written(edit=lambda read: read[:10])
    assert refusal(few) == "REGISTER_TOO_FEW"
    call_command("import_register", str(few), "--fewer-allowed")
    assert current_load().lines == 9


@DATABASE
def test_two_loads_are_kept(loaded, written):
    for _ in range(3):
        call_command("import_register", str(written()))
    kept = list(RegisterLoad.objects.order_by("id").values_list("id", flat=True))
    assert len(kept) == 2
    assert kept[-1] == current_load().id
    assert set(RegisterEntry.objects.values_list("load_id", flat=True)) == set(kept)
    assert len(entries("register.loaded")) == 4


@DATABASE
def test_a_failure_in_the_middle_of_the_rows_leaves_the_previous_load(
    loaded, written, monkeypatch
):
    whole = reading.blocks

    def cut(file, seen):
        yield next(whole(file, seen))
        raise OSError("the disk went away")

    monkeypatch.setattr(reading, "BLOCK", 4096)
    monkeypatch.setattr(loading, "blocks", cut)
    assert refusal(written()) == "REGISTER_UNREADABLE"
    assert current_load() == loaded
    assert RegisterEntry.objects.count() == loaded.rows
    monkeypatch.setattr(loading, "blocks", whole)
    call_command("import_register", str(written()))
    assert current_load().rows == loaded.rows


@DATABASE
@pytest.mark.parametrize(
    ("held", "left_over"),
    [
        ("LOCK TABLE consults_registerentry IN SHARE MODE", 0),
        ("SELECT 1 FROM consults_register FOR UPDATE", 1),
    ],
    ids=["while the rows are written", "between the rows and the pointer"],
)
def test_a_kill_leaves_the_previous_load_and_the_next_import_tidies_up(
    loaded, written, database, held, left_over
):
    path = written()
    with psycopg.connect(database.owner_url) as other:
        other.execute(held)
        child = subprocess.Popen(
            [sys.executable, "-m", "config", "import_register", str(path)],
            cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_until_someone_waits(database.superuser_url, child)
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait()
    until(turn_is_free)
    assert current_load() == loaded
    assert RegisterLoad.objects.count() == 1 + left_over
    call_command("import_register", str(path))
    assert current_load() != loaded
    assert set(RegisterLoad.objects.values_list("id", flat=True)) == {
        loaded.id, current_load().id
    }  # fmt: skip


def wait_until_someone_waits(url: str, child: subprocess.Popen) -> None:
    """Until a statement of this database waits for a lock."""
    waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with psycopg.connect(url, autocommit=True) as watch:
        asked = f"{waits} AND datname = current_database()"
        until(lambda: child.poll() is not None or watch.execute(asked).fetchone(), within=120)
    assert child.poll() is None


def turn_is_free() -> bool:
    """Whether somebody may import: the server has noticed that the importer is gone."""
    try:
        with loading.turn():
            return True
    except loading.RegisterRefused:
        return False


@DATABASE
def test_readers_see_one_whole_register_at_every_moment(loaded, written):
    seen, stop = set(), threading.Event()

    def look():
        while not stop.is_set():
            seen.add(RegisterEntry.objects.filter(load=Register.objects.get().current).count())
        connection.close()

    reader = threading.Thread(target=look)
    reader.start()
    try:
        call_command("import_register", str(written(edit=lambda read: read[:-5])))
    finally:
        stop.set()
        reader.join()
    assert seen <= {loaded.rows, current_load().rows}


def fact(person, name):
    """The value of one fact about a physician, now."""
    found = physician_facts(person.id, now()).get(name)
    return found.value if found else None


@DATABASE
def test_each_change_for_a_known_physician_is_told_recorded_and_attested(written, capsys):
    person, other = a_physician(rpps=synthetic_rpps(1)), a_physician(rpps=synthetic_rpps(2))
    call_command("import_register", str(written()))
    first = entries("register.changed")
    assert [body["data"]["after"] for body in first] == ["present", "present"]

    def change(read):
        row = next(n for n, line in enumerate(read) if person.physician.rpps.encode() in line)
        read[row] = field(read[row], "Nom d'exercice", "NOUVEAU")
        more = field(read[row], "Code mode exercice", "X")
        return [*read[: row + 1], more, *read[row + 1 :]]

    capsys.readouterr()
    call_command("import_register", str(written(edit=change)))
    told = capsys.readouterr().out
    assert "2 changes for the physicians we know" in told
    assert f"{person.physician.rpps}  names:" in told and "NOUVEAU" in told
    recorded = entries("register.changed")[2:]
    assert [body["subject"] for body in recorded] == [str(person.physician.subject)] * 2
    assert {body["data"]["field"] for body in recorded} == {"names", "modes"}
    modes = next(body["data"] for body in recorded if body["data"]["field"] == "modes")
    assert "X" in modes["after"] and "X" not in modes["before"]
    assert not any("NOUVEAU" in json.dumps(body) for body in recorded)
    last = Attestation.objects.filter(physician=person.physician, kind="directory").latest(
        "recorded_at"
    )
    assert last.evidence_sha256 == current_load().sha256
    assert Attestation.objects.filter(physician=other.physician, kind="directory").count() == 2


@DATABASE
def test_who_leaves_the_register_no_longer_matches_it_and_who_returns_does(written):
    person = an_applicant(rpps=synthetic_rpps(1), name=NAME_OF_1)
    assert fact(person, "rpps_matches_directory") is None
    call_command("import_register", str(written()))
    assert fact(person, "rpps_matches_directory") is True
    assert fact(person, "profession_code") == "10"
    rpps = person.physician.rpps.encode()
    gone = written(edit=lambda read: [line for line in read if rpps not in line], name="gone.txt")
    call_command("import_register", str(gone))
    assert fact(person, "rpps_matches_directory") is False
    call_command("import_register", str(written()))
    assert fact(person, "rpps_matches_directory") is True
    told = [body["data"]["after"] for body in entries("register.changed")]
    assert told == ["present", "absent", "present"]


@DATABASE
def test_an_import_that_stopped_before_comparing_everybody_is_caught_up(written, monkeypatch):
    people = [a_physician(rpps=synthetic_rpps(n)) for n in range(3)]
    monkeypatch.setattr(register, "BATCH", 2)
    compared = import_register.compare_known
    left = iter([compared])
    monkeypatch.setattr(import_register, "compare_known", lambda **what: next(left)(**what))
    with pytest.raises(StopIteration):
        call_command("import_register", str(written()))
    assert len(entries("register.changed")) == 2
    monkeypatch.setattr(import_register, "compare_known", compared)
    call_command("import_register", str(written()))
    subjects = [body["subject"] for body in entries("register.changed")]
    assert sorted(subjects) == sorted(str(person.physician.subject) for person in people)


@DATABASE
def test_the_same_file_again_changes_nothing_for_anybody(loaded, written):
    an_applicant(rpps=synthetic_rpps(1))
    call_command("import_register", str(written()))
    call_command("import_register", str(written()))
    assert len(entries("register.changed")) == 1


@DATABASE
def test_the_pointer_moves_only_with_its_entry(loaded):
    pointer = Register.objects.get()
    other = RegisterLoad.objects.create(file="x", sha256="", encoding="utf-8", started_at=now())
    with pytest.raises(Exception, match="without an entry"), transaction.atomic():
        Register.objects.filter(pk=1).update(current=other)
    with transaction.atomic():
        adopt_register(load_id=other.id, actor=SYSTEM, now=now())
    assert Register.objects.get().subject == pointer.subject
