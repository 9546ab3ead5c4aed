"""Every test's own database: real commits, no leftovers, the right role."""

import subprocess
import sys
import threading

import psycopg
import pytest
from django.core.cache import cache
from django.db import connection, connections

from audit.models import Account


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [1, 2, 3])
def test_each_test_starts_from_the_same_database(turn):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        user, name = cursor.fetchone()
        cursor.execute("INSERT INTO django_session VALUES ('one', '', now())")
    assert user == "teleconseil_app"
    assert name.startswith("test_")
    assert Account.objects.count() == 0


def test_threads_and_other_programs_see_what_a_test_writes(database):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_session VALUES ('one', '', now())")
    seen = []

    def look():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_session")
            seen.append(cursor.fetchone()[0])
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    with psycopg.connect(database.url) as other:
        seen.append(other.execute("SELECT count(*) FROM django_session").fetchone()[0])
    script = (
        "import django; django.setup(); from django.db import connection as c\n"
        "with c.cursor() as k: k.execute('SELECT count(*) FROM django_session');"
        " print(k.fetchone()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert [*seen, int(done.stdout)] == [1, 1, 1]


def test_the_keys_lie_in_a_database_of_their_own(database):
    with connections["keys"].cursor() as cursor:
        cursor.execute("SELECT current_database(), (SELECT count(*) FROM content_key)")
        assert cursor.fetchone() == (database.keys_name, 0)


def test_the_cache_is_real_and_empty(db):
    assert cache.get("one") is None
    cache.set("one", 1)
    assert cache.get("one") == 1


def test_the_application_cannot_make_tables(db):
    with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute("CREATE TABLE mine (id int)")
