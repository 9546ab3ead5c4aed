"""The probe says whether the service can serve; the numbers stay on the machine."""

from django.test import Client, override_settings


def test_the_probe_is_green_when_database_keys_and_cache_answer(db):
    answer = Client().get("/sante/")
    assert (answer.status_code, answer.json()) == (
        200,
        {"state": "ok", "database": True, "keys": True, "cache": True},
    )


def test_the_probe_is_red_without_the_cache(db, monkeypatch):
    monkeypatch.setattr("config.metrics.cache_answers", lambda: False)
    answer = Client().get("/sante/")
    assert (answer.status_code, answer.json()["state"]) == (503, "degraded")


def test_numbers_are_for_this_machine_alone(db):
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    assert b"teleconseil_log_pending" in answer.content
    for elsewhere in ({"REMOTE_ADDR": "192.0.2.7"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}):
        assert Client().get("/metrics", **elsewhere).status_code == 404


@override_settings(ALLOWED_HOSTS=["conseil.example"])
def test_routes_are_counted_without_their_identifiers(db):
    Client().get("/mentions/", headers={"host": "conseil.example"})
    text = Client().get("/metrics", headers={"host": "conseil.example"}).content.decode()
    assert 'route="mentions/"' in text
