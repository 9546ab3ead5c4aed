"""Hosted pages, in French, without a third-party asset: pay, 3-D Secure, onboarding."""

from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qs

from billing.money import euros
from billing.sandbox import calls, shapes, till
from billing.sandbox.store import PLATFORM, Object, Store

STYLE = """
:root { color-scheme: light dark; font: 1.05rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; padding: 1rem; max-width: 30rem; }
h1 { font-size: 1.3rem; margin: .5rem 0; }
.note { border: 2px solid #8a5a00; border-radius: .5rem; padding: .5rem .75rem; }
.sum { font-size: 1.8rem; font-weight: 700; margin: .5rem 0; }
.wrong { border: 2px solid #b3261e; border-radius: .5rem; padding: .5rem .75rem; }
fieldset { border: 0; padding: 0; margin: 1rem 0; }
label { display: block; padding: .6rem .25rem; }
label.card { display: grid; grid-template-columns: 1.5rem 1fr; gap: .5rem; align-items: start; }
label.card small { display: block; }
.to { margin: 0; }
input[type=text] { font: inherit; width: 100%; padding: .6rem; box-sizing: border-box; }
button, a.button { display: block; width: 100%; font: inherit; padding: .8rem; margin: .6rem 0;
  border-radius: .5rem; border: 2px solid #1f4fb6; text-align: center; box-sizing: border-box;
  text-decoration: none; }
button.go { background: #1f4fb6; color: #fff; }
"""
CARDS = (
    (shapes.OK, "4242 4242 4242 4242", "carte acceptée"),
    (shapes.STRONG, "4000 0025 0000 3155", "3-D Secure demandé"),
    (shapes.DECLINED, "4000 0000 0000 0002", "carte refusée"),
)
REFUSALS = {
    "card_declined": "Votre carte a été refusée. Vous pouvez en essayer une autre.",
    "payment_intent_authentication_failure": "La vérification 3-D Secure n'a pas abouti.",
    "unknown": "Ce numéro n'est pas une carte de test. Aucune vraie carte n'est acceptée ici.",
}


@dataclass(frozen=True)
class Page:
    """An answer to a browser."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def _page(title: str, main: str, status: int = 200) -> Page:
    return Page(
        status,
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>"
        '<link rel="stylesheet" href="/_sandbox/style.css"></head><body>'
        '<p class="note">Bac à sable : aucun paiement réel n\'est effectué.</p>'
        f"<main><h1>{escape(title)}</h1>{main}</main></body></html>",
    )


def _to(address: str) -> Page:
    return Page(303, headers={"Location": address})


def _session(store: Store, identifier: str) -> tuple[str, Object, Object] | None:
    universe = store.universe_of(identifier)
    session = (
        store.load(universe, identifier, "checkout.session") if universe is not None else None
    )
    if universe is None or session is None:
        return None
    extra = store.load(universe, f"{identifier}#intent", calls.DATA_OF_INTENT)
    assert extra is not None
    return universe, session, extra


def pay(store: Store, identifier: str, form: str | None) -> Page:
    """The page of one Checkout session; `form` is what the person sent, if they did."""
    found = _session(store, identifier)
    if found is None:
        return _page("Paiement inconnu", "<p>Ce lien n'existe pas.</p>", 404)
    universe, session, extra = found
    if session["status"] != "open":
        return _over(session)
    refused = ""
    if form is not None:
        typed = parse_qs(form)
        number = "".join((typed.get("number") or typed.get("card") or [""])[0].split())
        if number not in {*(card[0] for card in CARDS), shapes.REFUND_FAILS}:
            refused = "unknown"
        else:
            seen = till.present_card(store, universe, session, extra["data"], number)
            if seen == "held":
                return _to(session["success_url"])
            if seen == "strong":
                return _to(f"/c/3ds/{identifier}")
            refused = "card_declined"
    return _card_page(session, extra, _merchant(store, universe), refused)


def _merchant(store: Store, universe: str) -> str:
    """Whose account the money goes to: a page names its one true merchant."""
    account = store.load(PLATFORM, universe, "account") if universe else None
    if account is None:
        return "Plateforme de mise en relation"
    return (account.get("business_profile") or {}).get("name") or "Compte du médecin"


def _card_page(session: Object, extra: Object, merchant: str, refused: str) -> Page:
    choices = "".join(
        f'<label class="card"><input type="radio" name="card" value="{number}"'
        f"{' checked' if not n else ''}><span>{shown}<small>{means}</small></span></label>"
        for n, (number, shown, means) in enumerate(CARDS)
    )
    wrong = f'<p class="wrong" role="alert">{escape(REFUSALS[refused])}</p>' if refused else ""
    back = session["cancel_url"]
    away = f'<a class="button" href="{escape(back)}">Annuler</a>' if back else ""
    return _page(
        extra["name"],
        f'<p class="to">{escape(merchant)}</p>'
        f'<p class="sum">{euros(session["amount_total"])}</p>'
        "<p>La somme est seulement réservée sur votre carte : elle n'est prélevée que si l'avis "
        f"est facturable.</p>{wrong}"
        f'<form method="post"><fieldset><legend>Carte de test</legend>{choices}'
        '<label>ou un autre numéro <input type="text" name="number" inputmode="numeric" '
        'autocomplete="off"></label></fieldset>'
        f'<button class="go" type="submit">Réserver {euros(session["amount_total"])}</button>'
        f"</form>{away}",
        402 if refused else 200,
    )


def _over(session: Object) -> Page:
    back = session["success_url"] if session["status"] == "complete" else session["cancel_url"]
    said = (
        "Ce paiement est déjà réservé."
        if session["status"] == "complete"
        else "Ce paiement n'est plus ouvert ; rien n'a été prélevé."
    )
    link = f'<a class="button" href="{escape(back)}">Revenir</a>' if back else ""
    return _page("Paiement terminé", f"<p>{said}</p>{link}", 410)


def strong(store: Store, identifier: str, form: str | None) -> Page:
    """The bank's page: prove who you are, or give up."""
    found = _session(store, identifier)
    if found is None:
        return _page("Paiement inconnu", "<p>Ce lien n'existe pas.</p>", 404)
    universe, session, _ = found
    if session["status"] != "open" or not session["payment_intent"]:
        return _over(session)
    if form is not None:
        proven = parse_qs(form).get("choice") == ["complete"]
        till.strong(store, universe, session, proven=proven)
        return _to((session["success_url"] if proven else session["cancel_url"]) or "/")
    return _page(
        "Vérification 3-D Secure",
        "<p>Votre banque vous demande de confirmer ce paiement.</p>"
        f'<p class="sum">{euros(session["amount_total"])}</p><form method="post">'
        '<button class="go" name="choice" value="complete">Confirmer</button>'
        '<button name="choice" value="abandon">Abandonner</button></form>',
    )


def onboard(store: Store, token: str, form: str | None) -> Page:
    """The onboarding of a connected account, as short as it can be."""
    link = store.load(PLATFORM, token, "sandbox.link")
    account = link and store.load(PLATFORM, link["account"], "account")
    if not link or not account:
        return _page("Lien inconnu", "<p>Ce lien n'existe pas.</p>", 404)
    if form is None:
        return _page(
            "Recevoir vos honoraires",
            "<p>Votre compte de paiement est à votre nom.</p>"
            '<form method="post"><button class="go">Ouvrir mon compte</button></form>',
        )
    account.update(
        charges_enabled=True, payouts_enabled=True, details_submitted=True,
        capabilities={"card_payments": "active", "transfers": "active"},
    )  # fmt: skip
    store.save(PLATFORM, account)
    till.tell(store, account["id"], "account.updated", account)
    return _to(link["return_url"])
