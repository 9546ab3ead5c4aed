"""Changed => recorded, over every table of the catalogue, checked at COMMIT."""

import json
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction

from audit.actions import install_governance, record
from audit.actions.governance import Ungoverned
from audit.checks import guards_stand
from audit.facts import SYSTEM
from audit.models import Account, Council, Entry
from audit.queries.posture import weaknesses
from audit.schemas import Registries, gather
from config.management.commands.prepare import GOVERNED, govern, import_module


def name_council(type="council.named", name="Paris", code="75"):
    with transaction.atomic():
        council = Council(code=code, name=name)
        record(
            type=type,
            subject=council.subject,
            scope="national",
            actor=SYSTEM,
            now=datetime.now(UTC),
        )
        council.save()
    return council


def renamed():
    council = Council.objects.get()
    council.name = "x"
    return council


def test_a_change_with_its_entry_passes(database):
    council = name_council()
    with transaction.atomic():
        record(
            type="council.named",
            subject=council.subject,
            scope="national",
            actor=SYSTEM,
            now=datetime.now(UTC),
        )
        Council.objects.update(name="Ville de Paris")
    assert Council.objects.get().name == "Ville de Paris"


@pytest.mark.parametrize(
    "change",
    [
        lambda: Council.objects.update(name="x"),
        lambda: Council.objects.bulk_update([renamed()], ["name"]),
        lambda: Council.objects.bulk_create([Council(code="69", name="Rhône")]),
        lambda: Council.objects.all().delete(),
        lambda: connection.cursor().execute("UPDATE audit_council SET name = 'x'"),
    ],
)  # fmt: skip
def test_a_raw_change_without_its_entry_fails_at_commit(database, change):
    name_council()
    with pytest.raises(IntegrityError, match="without an entry"):
        change()
    assert [c.name for c in Council.objects.all()] == ["Paris"]


def test_an_entry_of_another_type_or_subject_does_not_account_for_a_change(database):
    with pytest.raises(IntegrityError, match="without an entry"):
        name_council(type="record.listed")
    council = name_council()
    other = name_council(code="69", name="Rhône")
    with pytest.raises(IntegrityError, match="without an entry"), transaction.atomic():
        record(
            type="council.named",
            subject=other.subject,
            scope="national",
            actor=SYSTEM,
            now=datetime.now(UTC),
        )
        Council.objects.filter(id=council.id).update(name="x")


def test_an_entry_accounts_only_for_the_columns_of_its_type(database):
    council = name_council()
    with pytest.raises(IntegrityError, match=r"\(code\)"), transaction.atomic():
        record(
            type="council.named",
            subject=council.subject,
            scope="national",
            actor=SYSTEM,
            now=datetime.now(UTC),
        )
        Council.objects.update(code="13", name="x")


def test_an_entry_of_an_earlier_transaction_does_not_count(database):
    name_council()
    with pytest.raises(IntegrityError):
        Council.objects.update(name="y")


def test_accounts_write_their_own_entry_with_names_and_no_values(database):
    account = Account.objects.create_user("Zoe@Exemple.fr", "un secret", kind="patient")
    account.is_active = False
    account.last_login = datetime.now(UTC)
    account.save()
    bodies = [json.loads(bytes(e.body)) for e in Entry.objects.order_by("id")]
    assert [b["data"] for b in bodies] == [
        {"columns": [], "op": "insert", "table": "audit_account"},
        {"columns": ["is_active"], "op": "update", "table": "audit_account"},
    ]
    assert {b["subject"] for b in bodies} == {str(account.subject)}
    assert b"xemple" not in b"".join(bytes(e.body) for e in Entry.objects.all())


def test_a_sign_in_moment_asks_for_no_entry(database):
    account = Account.objects.create_user("a@b.fr")
    before = Entry.objects.count()
    account.last_login = datetime.now(UTC)
    account.save(update_fields=["last_login"])
    assert Entry.objects.count() == before


def test_every_table_of_the_catalogue_is_governed_or_says_why_not(database):
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE public.left_out (id int)")
    with pytest.raises(Ungoverned, match="left_out"):
        govern()
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE public.left_out")
    govern()


def test_an_empty_registry_leaves_every_table_out(database):
    with (
        pytest.raises(Ungoverned),
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        install_governance(cursor=cursor, registries=Registries())


def test_no_entry_type_stands_for_a_table_that_does_not_exist(database):
    registries = gather(import_module(f"{name}.schemas") for name in GOVERNED)
    ours = tuple(f"{name}_" for name in GOVERNED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = {row[0] for row in cursor.fetchall()}
    named = {table for allowed in registries.entry_types.values() for table in allowed}
    named |= {*registries.append_only, *registries.subject_of}
    assert {table for table in named if table.startswith(ours)} <= tables


def test_the_posture_notices_a_guard_that_is_let_down(database, superuser):
    assert weaknesses(using="default") == []
    superuser.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_refuse")
    superuser.execute("ALTER TABLE audit_council DISABLE TRIGGER audit_guard")
    superuser.execute("DROP TRIGGER audit_move ON audit_head")
    superuser.execute("GRANT DELETE ON audit_entry TO teleconseil_app")
    superuser.execute("GRANT CREATE ON SCHEMA public TO teleconseil_app")
    superuser.execute(f"GRANT CREATE ON DATABASE {database.name} TO teleconseil_app")
    assert len(weaknesses(using="default")) == 6
    assert [found.id for found in guards_stand(None)] == ["teleconseil.E112"] * 6
    superuser.execute(f"REVOKE CREATE ON DATABASE {database.name} FROM teleconseil_app")
    govern()
    assert weaknesses(using="default") == []


@pytest.mark.parametrize(
    "by_hand",
    [
        "REVOKE SELECT ON billing_book FROM teleconseil_app",
        "GRANT TRUNCATE ON billing_book TO teleconseil_app",
        "GRANT UPDATE (subject) ON audit_entry TO teleconseil_app",
        "GRANT SELECT ON billing_book TO teleconseil_reader",
        "REVOKE USAGE ON SCHEMA public FROM teleconseil_reader",
        "GRANT CREATE ON SCHEMA public TO teleconseil_app",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "GRANT EXECUTE ON FUNCTION audit_note_change(text, uuid, text, text, text[])"
        " TO teleconseil_app",
        "GRANT UPDATE ON SEQUENCE audit_entry_id_seq TO teleconseil_app",
        "GRANT USAGE ON SEQUENCE audit_entry_id_seq TO PUBLIC",
        "GRANT SELECT ON billing_book TO teleconseil_keys_owner",
        "GRANT SELECT ON billing_book TO teleconseil_app WITH GRANT OPTION;"
        " SET ROLE teleconseil_app; GRANT SELECT ON billing_book TO teleconseil_reader;"
        " RESET ROLE",
    ],
)
def test_a_right_given_or_taken_by_hand_is_set_right_again(database, superuser, by_hand):
    def rights() -> list[tuple[object, ...]]:
        return superuser.execute(
            "SELECT name, pg_get_userbyid(grantee), privilege_type, is_grantable FROM ("
            " SELECT relname, coalesce(relacl, acldefault("
            "  CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", relowner))"
            " FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " UNION ALL SELECT attname, attacl FROM pg_attribute"
            " UNION ALL SELECT proname, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc"
            " UNION ALL SELECT nspname, nspacl FROM pg_namespace"
            ") AS held (name, acl), aclexplode(acl) ORDER BY 1, 2, 3, 4"
        ).fetchall()

    before = rights()
    superuser.execute(by_hand)
    assert rights() != before
    govern()
    assert rights() == before


@pytest.mark.parametrize(
    "theirs",
    [
        "GRANT ALL ON SCHEMA public TO teleconseil_owner",
        "CREATE VIEW health AS SELECT 1",
        "CREATE FUNCTION up() RETURNS int RETURN 1; REVOKE ALL ON FUNCTION up() FROM PUBLIC",
    ],
)
def test_what_others_own_or_gave_the_owner_hinders_nobody(database, superuser, theirs):
    superuser.execute(theirs)
    superuser.execute("GRANT CREATE ON SCHEMA public TO teleconseil_app")
    call_command("prepare")
    assert weaknesses(using="default") == []


@pytest.mark.parametrize(
    ("making", "dropping"),
    [
        ("FUNCTION f(varchar, varchar) RETURNS bool RETURN true", "FUNCTION f"),
        ("VIEW v AS SELECT 1", "VIEW v"),
        ("DOMAIN d AS text", "DOMAIN d"),
        ("FUNCTION no(oid, regnamespace) RETURNS bool RETURN false;"
         " CREATE OPERATOR = (LEFTARG = oid, RIGHTARG = regnamespace, FUNCTION = no)",
         "FUNCTION no CASCADE"),
        ("FUNCTION no(oid, int4) RETURNS bool RETURN false;"
         " CREATE OPERATOR = (LEFTARG = oid, RIGHTARG = int4, FUNCTION = no)",
         "FUNCTION no CASCADE"),
        ("FUNCTION no(text, name) RETURNS text RETURN NULL;"
         " CREATE OPERATOR || (LEFTARG = text, RIGHTARG = name, FUNCTION = no)",
         "FUNCTION no CASCADE"),
        ("SCHEMA teleconseil_owner", "SCHEMA teleconseil_owner"),
    ],
)  # fmt: skip
def test_what_the_service_made_with_a_right_given_by_hand_is_refused(
    database, superuser, making, dropping
):
    superuser.execute("GRANT CREATE ON SCHEMA public TO teleconseil_app")
    superuser.execute(f"GRANT CREATE ON DATABASE {database.name} TO teleconseil_app")
    superuser.execute(f"SET ROLE teleconseil_app; CREATE {making}; RESET ROLE")
    superuser.execute(f"REVOKE CREATE ON DATABASE {database.name} FROM teleconseil_app")
    with pytest.raises(CommandError, match=r"GUARDS_LOWERED: \w+ .+ belongs to teleconseil_app\."):
        call_command("prepare")
    assert "teleconseil.E112" in [found.id for found in guards_stand(None)]
    superuser.execute(f"DROP {dropping}")
    call_command("prepare")
    assert weaknesses(using="default") == []


def test_prepare_says_what_only_a_superuser_can_take_back(database, superuser):
    superuser.execute("GRANT teleconseil_sequencer TO teleconseil_app")
    try:
        with pytest.raises(CommandError, match=r"GUARDS_LOWERED: .*the service may INSERT"):
            call_command("prepare")
    finally:
        superuser.execute("REVOKE teleconseil_sequencer FROM teleconseil_app")
    call_command("prepare")


def test_what_stands_is_not_made_again(database, superuser):
    made = "SELECT tgname, oid FROM pg_trigger WHERE NOT tgisinternal ORDER BY oid"
    before = superuser.execute(made).fetchall()
    govern()
    assert superuser.execute(made).fetchall() == before


def test_the_service_can_run_nothing_as_the_owner_nor_make_a_table(database):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace"
            " AND p.prosecdef AND has_function_privilege(p.oid, 'EXECUTE')"
        )
        assert cursor.fetchall() == []
        cursor.execute("SELECT has_schema_privilege('public', 'CREATE')")
        assert cursor.fetchone() == (False,)
