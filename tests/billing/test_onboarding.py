"""A physician's own account: opened on Stripe's pages, restricted, cut; what each still allows."""

import json
from datetime import timedelta

import pytest

from billing.actions import onboarding, payments, work
from billing.actions.quotes import NoConnectedAccount
from billing.models import ConnectedAccount, Leg, Op
from billing.queries.accounts import account_for, account_state, takes_cards
from tests import people
from tests.billing.test_views import signed_in
from tests.billing.trials import replayed, rows
from tests.billing.walk import Walk, browse
from tests.people import now

PAGE = "/livres/compte/"


def does(walk: Walk, act: str, **said: object) -> dict:
    return walk.server.sandbox.control("POST", f"/_sandbox/{act}", json.dumps(said))


def own(walk: Walk) -> ConnectedAccount:
    return ConnectedAccount.objects.get(physician=walk.physician.id)


def follow(walk: Walk, kind: str) -> None:
    """The event arrives as its webhook would bring it, and is followed by fetching."""
    found = [one for _, one in walk.server.sandbox.store.every("event") if one["type"] == kind]
    walk.told(found[-1])
    walk.works()


def entries(kind: str) -> int:
    return rows("SELECT count(*) FROM audit_entry WHERE type = %s", kind)[0][0]


def test_a_physician_opens_an_account_on_stripes_own_pages(database, sandbox):
    physician = people.a_physician()
    client = signed_in(physician.account)
    assert 'data-account-state="none"' in client.get(PAGE).content.decode()
    sent = client.post(PAGE)
    assert sent.status_code == 303 and sent.url.startswith(sandbox.sandbox.base)
    assert 'data-account-state="begun"' in client.get(PAGE).content.decode()
    assert not takes_cards(physician.id)
    browse(sent.url, yes="1")
    assert 'data-account-state="active"' in client.get(f"{PAGE}?retour=1").content.decode()
    assert takes_cards(physician.id)
    again = client.post(PAGE)  # asking twice makes one account
    assert again.status_code == 303 and ConnectedAccount.objects.count() == 1
    assert (entries("connected-account.opened"), entries("connected-account.changed")) == (1, 1)


def test_only_a_physician_has_that_page(database, sandbox):
    for person in (people.a_patient().account, people.an_account("operator")):
        assert signed_in(person).get(PAGE).status_code == 404


def test_a_silent_stripe_is_said_with_a_code_and_changes_nothing(database, sandbox):
    physician = people.a_physician()
    sandbox.sandbox.store.plant("error_500", "/v1/accounts", 0, 3)
    answer = signed_in(physician.account).post(PAGE)
    assert (answer.status_code, answer["X-Error-Code"]) == (503, "PAYMENT_UNAVAILABLE")
    assert account_for(physician.id) is None


def test_a_restricted_account_takes_no_card_and_says_what_is_asked(walk):
    account = own(walk).stripe_account
    asked = {
        "currently_due": ["external_account"], "past_due": [], "eventually_due": [],
        "pending_verification": [], "disabled_reason": "requirements.past_due", "errors": [],
        "alternatives": [], "current_deadline": None,
    }  # fmt: skip
    does(
        walk, "account", account=account, changes={"charges_enabled": False, "requirements": asked}
    )
    follow(walk, "account.updated")
    assert account_state(own(walk)) == "pending"
    page = signed_in(walk.physician.account).get(PAGE).content.decode()
    assert "un compte bancaire" in page and "requirements.past_due" in page
    assert "Stripe attend des éléments" in page and "Stripe vérifie" not in page
    with pytest.raises(NoConnectedAccount):
        walk.accepted()
    quote = walk.accepted(settlement="off_platform")  # what is still allowed
    assert quote.honoraires_cents == 1500
    quiet = entries("connected-account.changed")
    onboarding.refresh_account(stripe_account=account, now=now())
    assert entries("connected-account.changed") == quiet
    does(walk, "account/cut", account=account)
    onboarding.refresh_account(stripe_account=account, now=now())
    client = signed_in(walk.physician.account)
    page = client.get(PAGE).content.decode()
    assert "rouvrez un compte" in page and "doit être rendu à un patient" in page
    assert "Stripe demande encore" not in page
    closed = "Votre compte ne prend pas de carte"
    assert closed in client.get("/livres/").content.decode()
    does(walk, "account/join", account=account)
    changes = {"charges_enabled": True, "payouts_enabled": True}
    does(walk, "account", account=account, changes=changes)
    onboarding.refresh_account(stripe_account=account, now=now())
    assert closed not in client.get("/livres/").content.decode()


def test_what_an_account_may_do_is_asked_once_a_day_whatever_events_are_lost(walk, database):
    database.takes_any_moment()
    account = own(walk).stripe_account

    def asked(hours: float) -> int:
        before = len(calls())
        work.run_due(now=now() + timedelta(hours=hours))
        return len(calls()) - before

    def calls() -> list[object]:
        every = walk.server.sandbox.store.requests()
        return [one for one in every if one["path"] == f"/v1/accounts/{account}"]

    does(walk, "account", account=account, changes={"charges_enabled": False})
    assert [asked(hours) for hours in (1, 23, 25, 26, 48)] == [0, 0, 1, 0, 0]
    assert account_state(own(walk)) == "pending"
    does(walk, "account/cut", account=account)
    walk.server.sandbox.store.plant("down", f"/v1/accounts/{account}", 0, 1)
    assert [asked(hours) for hours in (50, 50.5, 51.5, 52)] == [1, 0, 1, 0]
    assert account_state(own(walk)) == "deauthorised"
    does(walk, "account/join", account=account)
    does(walk, "account", account=account, changes={"charges_enabled": True})
    assert asked(76) == 1 and account_state(own(walk)) == "active"


def test_an_account_cut_in_mid_question_loses_the_honoraires_and_frees_the_fee(walk, database):
    database.takes_any_moment()
    walk.held()
    does(walk, "account/cut", account=own(walk).stripe_account)
    follow(walk, "account.application.deauthorized")
    assert account_state(own(walk)) == "deauthorised"
    assert walk.states()["honoraires"] == "authorised"  # nothing was fetched, nothing is guessed
    assert walk.answers().gate_pass
    walk.works()
    assert walk.states() == {"honoraires": "capturing", "platform": "authorised"}
    before = walk.legs()["honoraires"].capture_before
    with pytest.raises(payments.PaymentUnavailable):
        payments.reconcile(leg_id=walk.legs()["honoraires"].id, now=before - timedelta(seconds=1))
    # The hold has ended by its own date: the physician is still owed, the patient pays no fee.
    payments.reconcile(leg_id=walk.legs()["honoraires"].id, now=before)
    for minute in range(3):
        work.run_due(now=before + timedelta(minutes=10 * minute))
    assert walk.states() == {"honoraires": "capture_lost", "platform": "voided"}
    assert not Op.objects.filter(state="live").exists()
    sums = walk.sums()
    assert "stripe" not in sums.get("platform", {})
    replayed(Leg.objects.first().subject)
    assert entries("connected-account.deauthorised") == 1


def test_an_event_that_names_a_strangers_account_changes_nothing(walk):
    walk.told(
        {
            "id": "evt_x", "type": "account.application.deauthorized", "account": "acct_stranger",
            "data": {"object": {"id": "ca_x"}},
        }
    )  # fmt: skip
    walk.works()
    assert account_state(own(walk)) == "active"
    walk.told(
        {
            "id": "evt_y", "type": "account.application.deauthorized",
            "account": own(walk).stripe_account, "data": {"object": {"id": "ca_x"}},
        }
    )  # fmt: skip
    walk.works()
    assert account_state(own(walk)) == "active"  # a fetch shows that it is not so
