"""The live thread: nothing lost, nothing doubled, nobody else in it."""

from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from django.contrib.sessions.models import Session

from broker import protocol
from tests import people
from tests.walks.faces import PatientFace, PhysicianFace, signed_in
from tests.walks.sockets import Line, walked


@pytest.fixture
def patient(database):
    """A patient's browser; no money in these walks."""
    person = people.a_patient()
    return PatientFace(person, signed_in(person))


@pytest.fixture
def physician(database):
    """A physician's browser."""
    person = people.a_physician()
    return PhysicianFace(person, signed_in(person))


@pytest.fixture
def question(patient, physician):
    """A question in the physician's hands."""
    return people.claimed(patient.person, physician.person)


def test_two_people_talk_and_each_message_arrives_once(patient, physician, question):
    async def walk():
        async with Line(patient.client, question) as one, Line(physician.client, question) as two:
            before = await one.resume()
            assert [event["seq"] for event in before] == list(range(1, len(before) + 1))
            await two.resume()
            accepted = await one.send("Je dors mal depuis.")
            heard = await two.until("event")
            assert heard["body"] == "Je dors mal depuis."
            assert heard["seq"] == accepted["seq"]
            assert heard["author"] == "patient"
            await two.send("Depuis quand ?")
            assert (await one.until("event", author="physician"))["body"] == "Depuis quand ?"

    walked(walk)


def test_the_same_id_is_accepted_once_and_another_text_is_a_conflict(patient, question):
    async def walk():
        async with Line(patient.client, question) as line:
            await line.resume()
            name = uuid4()
            first = await line.send("Une fois.", name)
            again = await line.send("Une fois.", name)
            assert again == first
            other = await line.send("Autre chose.", name)
            assert (other["code"], other["id"]) == ("MESSAGE_CONFLICT", str(name))
            bodies = [event["body"] for event in await line.resume()]
            assert bodies.count("Une fois.") == 1

    walked(walk)


def test_whoever_comes_back_is_told_the_rest_in_order(patient, physician, question):
    async def walk():
        async with Line(patient.client, question) as line:
            head = len(await line.resume())
        async with Line(physician.client, question) as line:
            for number in range(5):
                await line.send(f"message {number}")
        async with Line(patient.client, question) as line:
            events = await line.resume(after=head)
            assert [event["body"] for event in events] == [f"message {n}" for n in range(5)]
            assert [event["seq"] for event in events] == list(range(head + 1, head + 6))

    walked(walk)


def test_without_a_hint_the_beat_brings_the_message(patient, physician, question, monkeypatch):
    monkeypatch.setattr(protocol, "HEARTBEAT_SECONDS", 0.3)
    monkeypatch.setattr("broker.relay.hint", lambda **_: None)

    async def walk():
        async with Line(patient.client, question) as one, Line(physician.client, question) as two:
            await one.resume()
            await two.resume()
            accepted = await two.send("Sans indice.")
            heard = await one.until("event")
            assert heard["seq"] == accepted["seq"]
            assert (await one.until("head"))["head"] == accepted["seq"]

    walked(walk)


def test_reading_and_typing_are_told_to_the_other_side_only(patient, physician, question):
    async def walk():
        async with Line(patient.client, question) as one, Line(physician.client, question) as two:
            head = len(await one.resume())
            await two.resume()
            await two.say(type="seen", seq=head)
            assert await one.until("seen") == {"type": "seen", "by": "physician", "seq": head}
            await two.say(type="typing")
            assert await one.until("typing") == {"type": "typing", "author": "physician"}
            await two.say(type="seen", seq=head + 1)
            assert (await two.until("error"))["code"] == "SEQ_AHEAD"

    walked(walk)


def test_strangers_find_nothing(patient, physician, question):
    other, unclaimed = people.a_patient(), people.a_physician()
    operator = people.an_account("operator")

    async def code(client, at=question):
        async with Line(client, at) as line:
            assert line.accepted
            return await line.closed()

    async def walk():
        nobody = type(patient.client)()
        assert await code(nobody) == protocol.CLOSE_CODES["SIGNED_OUT"]
        for stranger in strangers:
            assert await code(stranger) == protocol.CLOSE_CODES["NOT_FOUND"]
        assert await code(patient.client, uuid4()) == protocol.CLOSE_CODES["NOT_FOUND"]

    strangers = [signed_in(other), signed_in(unclaimed)]
    desk = people.PatientPerson(operator, None)
    strangers.append(signed_in(desk))
    walked(walk)


@pytest.mark.parametrize(
    "origin",
    [
        "", "null", "https://patient.localhost", "http://patient.localhost:8000",
        "http://medecin.localhost", "http://exemple.fr", "http://patient.localhost.exemple.fr",
        "http://patient.localhost/", "ws://patient.localhost",
    ],
)  # fmt: skip
def test_a_page_of_another_origin_cannot_open_a_socket(patient, question, origin):
    async def walk():
        async with Line(patient.client, question, origin=origin) as line:
            assert not line.accepted

    walked(walk)


def test_signing_out_closes_the_open_socket_at_once(patient, question):
    async def walk():
        async with Line(patient.client, question) as line:
            await line.resume()
            await in_thread(lambda: patient.client.post("/compte/logout/"))
            assert await line.closed() == protocol.CLOSE_CODES["SIGNED_OUT"]

    walked(walk)


@pytest.mark.parametrize("how", ["disabled", "session gone"])
def test_a_socket_is_asked_at_every_frame_whether_it_may_stay(patient, question, how):
    def lose():
        if how == "disabled":
            account = patient.person.account
            account.is_active = False
            account.save(update_fields=["is_active"])
        else:
            Session.objects.all().delete()

    async def walk():
        async with Line(patient.client, question) as line:
            await line.resume()
            await in_thread(lose)
            await line.say(type="ping")
            assert await line.closed() == protocol.CLOSE_CODES["SIGNED_OUT"]

    walked(walk)


def test_who_floods_is_refused_and_is_heard_again_later(patient, question, monkeypatch):
    monkeypatch.setattr(protocol, "RATE_BURST", 5)
    monkeypatch.setattr(protocol, "RATE_PER_SECOND", 0.001)
    monkeypatch.setattr(protocol, "HEARTBEAT_SECONDS", 600)

    async def walk():
        async with Line(patient.client, question) as line:
            await line.resume()
            for _ in range(9):
                await line.say(type="ping")
            answers = [await line.heard() for _ in range(9)]
            codes = [frame.get("code") for frame in answers]
            assert codes == [None] * 4 + ["RATE_LIMITED"] * 5
            monkeypatch.setattr(protocol, "RATE_PER_SECOND", 1_000_000)
            assert (await line.send("Enfin."))["type"] == "accepted"

    walked(walk)


def test_a_reader_that_never_says_where_it_is_gets_closed(patient, question, monkeypatch):
    monkeypatch.setattr(protocol, "MAX_FRAMES_AHEAD", 12)
    monkeypatch.setattr(protocol, "HEARTBEAT_SECONDS", 600)

    async def walk():
        async with Line(patient.client, question) as line:
            await line.resume()
            for _ in range(15):
                await line.say(type="ping")
            assert await line.closed() == protocol.CLOSE_CODES["TOO_FAR_BEHIND"]
        async with Line(patient.client, question) as line:
            head = len(await line.resume())
            for _ in range(15):
                await line.say(type="ping", seq=head)
            for _ in range(15):
                assert (await line.heard())["type"] == "pong"

    walked(walk)


async def in_thread(act):
    """Run blocking code beside the open sockets."""
    return await database_sync_to_async(act, thread_sensitive=False)()
