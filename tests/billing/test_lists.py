"""Long lists of the money a page at a time, and the payments that were contested."""

from django.test import Client

from audit.queries.pages import PAGE, page_of
from billing.models import Dispute, Journal
from tests import people
from tests.billing.test_balances import captured, does
from tests.billing.test_views import signed_in
from tests.billing.walk import Walk
from tests.rows.test_r53_receipts import at_the_practice


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def test_pages_hold_every_row_once_in_order_and_an_odd_place_is_the_first_page(walk: Walk):
    walk.held()
    walk.answers()
    walk.works()
    rows = Journal.objects.all()
    whole = list(rows.order_by("-posted_at", "-pk"))
    assert len(whole) > 8 and len({row.posted_at for row in whole}) < len(whole), "some at once"
    for size in (1, 2, 3, len(whole)):
        seen, after = [], ""
        while True:
            page = page_of(rows, by="-posted_at", after=after, size=size)
            seen += page.rows
            assert page.first is (after == "")
            after = page.following
            if not after:
                break
        assert seen == whole, size
    other_order = page_of(rows, by="posted_at", size=2).following
    assert other_order
    for odd in ("x", "a:b:c", "\x00", other_order.replace(":", ";")):
        page = page_of(rows, by="-posted_at", after=odd, size=3)
        assert page.first and page.rows == whole[:3]


def test_a_book_of_more_than_a_page_leads_to_the_next(walk: Walk, monkeypatch):
    walk.held()
    walk.answers()
    walk.works()
    assert PAGE == 50
    operator = signed_in(people.an_account("operator"))
    assert "Page suivante" not in read(operator, "/livres/")
    monkeypatch.setitem(page_of.__kwdefaults__, "size", 2)
    first = read(operator, "/livres/")
    place = first.split("?lignes=")[1].split("#")[0]
    second = read(operator, f"/livres/?lignes={place}")
    assert "Revenir au début" in second and "Revenir au début" not in first


def test_what_is_due_is_listed_a_page_at_a_time_and_a_form_comes_back_to_its_page(
    walk: Walk, monkeypatch
):
    legs = [str(at_the_practice(one).id) for one in (walk, walk.again(), walk.again())]
    monkeypatch.setitem(page_of.__kwdefaults__, "size", 2)
    client, listed = signed_in(walk.physician.account), "/livres/dus/"
    first = read(client, listed)
    assert [leg for leg in legs if f"du-{leg}" in first] == legs[:2], "the oldest first"
    assert "45,00" in first and "Revenir au début" not in first, "the sum is of all pages"
    assert first.count("€ · Camille Essai · ") == 2, "who settles it"
    place = "?apres=" + first.split("?apres=")[1].split('"')[0]
    second = read(client, listed + place)
    assert [leg for leg in legs if f"du-{leg}" in second] == legs[2:] and "45,00" in second
    assert second.count(f'action="/livres/dus/recus/{place}"') == 1
    refused = client.post(f"/livres/dus/recus/{place}", {"leg": legs[2], "mode": "bitcoin"})
    shown = refused.content.decode()
    assert refused.status_code == 422 and f"du-{legs[2]}" in shown and 'role="alert"' in shown
    assert f'href="{listed}?"' in shown, "no way leads to the address of a form"
    gone = client.post(f"/livres/dus/renoncer/{place}", {"leg": legs[2], "sure": "1"}, follow=True)
    assert gone.redirect_chain == [(listed + place, 302)]
    assert "Rien de plus sur cette page" in gone.content.decode()


def test_each_party_sees_the_disputes_of_its_own_payments_alone(walk: Walk):
    captured(walk)
    does(walk, "dispute", intent=walk.legs()["honoraires"].payment_intent)
    walk.looks("honoraires")
    one = Dispute.objects.select_related("leg").get()
    assert one.leg.party == "honoraires"
    physician, operator = (
        signed_in(walk.physician.account),
        signed_in(people.an_account("operator")),
    )
    assert one.stripe_dispute in read(physician, "/livres/contestations/")
    assert "Aucune contestation" in read(operator, "/livres/contestations/")
    assert signed_in(walk.patient.account).get("/livres/contestations/").status_code == 404
