"""The sign-in links of the demonstration's people: signed, short-lived, good on loopback only."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core import signing

from audit.models import Account
from broker.access import DEMO_SALT
from config.demo import people
from config.demo.people import HOSTS, Person
from consults.models import Patient, Physician


@dataclass(frozen=True)
class Link:
    """One person and the address that signs them in, on their own face of the site."""

    role: str
    kind: str
    name: str
    says: str
    link: str
    person: str


def links(*, site: str, everybody: bool = False) -> list[Link]:
    """The people who exist, in the order of the page; `everybody` adds the story's extras.

    `site` is the service's address, of which the port counts: each kind of person has a name
    of this machine for themselves, so that one browser holds all of them at once.
    """
    shown = (*people.SHOWN, *people.EXTRAS) if everybody else people.SHOWN
    accounts = {account.email: account for account in _accounts(shown)}
    files = _files()
    return [
        _link(person, accounts[person.email], files, site)
        for person in shown
        if person.email in accounts
    ]


def _accounts(shown: tuple[Person, ...]) -> list[Account]:
    return list(Account.objects.filter(email__in=[person.email for person in shown]))


def _files() -> dict[object, str]:
    """The id of the patient or physician behind each account."""
    return {
        account: str(file)
        for model in (Patient, Physician)
        for account, file in model.objects.values_list("account_id", "pk")
    }


def _link(person: Person, account: Account, files: dict[object, str], site: str) -> Link:
    token = signing.dumps({"account": str(account.pk)}, salt=DEMO_SALT)
    port = urlsplit(site).port
    host = HOSTS[person.kind] + (f":{port}" if port else "")
    return Link(
        role=person.role,
        kind=person.kind,
        name=person.name,
        says=person.says,
        link=f"http://{host}/demo/entrer/{token}/",
        person=files.get(account.pk, ""),
    )
