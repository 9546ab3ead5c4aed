"""What every request passes: number, bounds, readable text, and refusals with stable codes."""

import asyncio
from urllib.parse import quote

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseNotAllowed
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from config import errors, middleware
from config.middleware import MAX_BODY_BYTES, BodyBound


def echo(request):
    return HttpResponse(request.POST.get("text", ""))


def broken(request):
    raise RuntimeError("a secret word")


def guarded(request):
    raise PermissionDenied("SECOND_FACTOR_NEEDED")


urlpatterns = [path("echo/", echo), path("broken/", broken), path("guarded/", guarded)]
handler400, handler403 = errors.bad_request, errors.forbidden
handler404, handler500 = errors.not_found, errors.internal


@pytest.fixture
def client():
    with override_settings(ROOT_URLCONF=__name__):
        yield Client(raise_request_exception=False)


def form(client, body: bytes):
    return client.post("/echo/", body, content_type="application/x-www-form-urlencoded")


def test_a_readable_form_passes_and_comes_back_numbered(client):
    said = "é\N{RIGHT-TO-LEFT OVERRIDE}🙂"
    answer = form(client, f"text={quote(said)}".encode())
    assert (answer.status_code, answer.content.decode()) == (200, said)
    assert len(answer.headers["X-Request-ID"]) == 32
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "camera=()" in answer.headers["Permissions-Policy"]


@pytest.mark.parametrize(
    "body", [b"text=%00", b"text=%ED%A0%80", b"text=a%FFb", b"text=\x00", b"text=\xff"]
)
def test_unreadable_text_is_refused_with_its_code(client, body):
    answer = form(client, body)
    assert answer.status_code == 400
    assert "BAD_ENCODING" in answer.content.decode()


def test_unreadable_addresses_and_cookies_are_refused(client):
    assert client.get("/echo/?q=%00").status_code == 400
    assert client.get("/echo/?q=%ff").status_code == 400
    assert client.get("/ec%00ho/").status_code == 400
    client.cookies.load('session="aaaaaaaa\\000"')
    assert client.get("/echo/", HTTP_COOKIE='session="aaaaaaaa\\000"').status_code == 400


def test_a_large_body_is_refused_before_it_is_parsed(client):
    answer = form(client, b"text=" + b"a" * MAX_BODY_BYTES)
    assert answer.status_code == 413
    assert "BODY_TOO_LARGE" in answer.content.decode()
    assert form(client, b"text=" + b"a" * (MAX_BODY_BYTES - 5)).status_code == 200


def test_programs_are_answered_in_json(client):
    answer = client.post("/echo/", b'{"a": "\xff"}', content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "BAD_ENCODING"
    assert client.get("/nowhere/etat.json").json()["code"] == "NOT_FOUND"


def test_each_error_page_has_its_code_the_numbers_and_a_way_back(client):
    pages = {
        "/nowhere/": (404, "NOT_FOUND"),
        "/guarded/": (403, "SECOND_FACTOR_NEEDED"),
        "/broken/": (500, "INTERNAL_ERROR"),
    }
    for address, (status, code) in pages.items():
        answer = client.get(address)
        text = answer.content.decode()
        assert (answer.status_code, code in text) == (status, True)
        assert 'href="tel:15"' in text
        assert 'href="/"' in text
        assert "a secret word" not in text


def test_an_unknown_host_and_a_foreign_form_have_their_pages():
    strange = Client(raise_request_exception=False).get("/echo/", headers={"host": "evil.example"})
    assert (strange.status_code, "BAD_HOST" in strange.content.decode()) == (400, True)
    foreign = Client(enforce_csrf_checks=True).post("/langue/", {"language": "en"})
    assert (foreign.status_code, "CSRF_FAILED" in foreign.content.decode()) == (403, True)


def test_every_code_is_a_stable_word_with_a_sentence():
    for code, refusal in errors.CODES.items():
        assert code == code.upper()
        answer = errors.refuse(RequestFactory().get("/"), code)
        assert answer.status_code == refusal.status
        assert code in answer.content.decode()


def test_a_body_without_announced_length_stops_at_the_bound():
    chunks = iter([b"a" * 600_000, b"a" * 600_000, b"a" * 600_000])
    sent, read = [], 0

    async def receive():
        nonlocal read
        read += 1
        return {"type": "http.request", "body": next(chunks), "more_body": True}

    async def send(message):
        sent.append(message)

    async def app(scope, receive, send):
        while (await receive())["more_body"]:
            pass

    asyncio.run(BodyBound(app)({"type": "http", "headers": []}, receive, send))
    assert (read, sent[0]["status"]) == (2, 413)


def test_the_page_of_a_wrong_method_asks_the_database_off_the_event_loop(monkeypatch):
    def refuse(request, code):
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return HttpResponse(code, status=405)

    async def post_only(request):
        return HttpResponseNotAllowed(["POST"])

    monkeypatch.setattr(middleware, "refuse", refuse)
    answer = asyncio.run(middleware.bounded(post_only)(RequestFactory().get("/echo/")))
    assert (answer.content, answer.headers["Allow"]) == (b"METHOD_NOT_ALLOWED", "POST")
