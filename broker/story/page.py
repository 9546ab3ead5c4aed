"""A page as a script reads it: its forms, its links, and how a form is filled in."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

Pairs = list[tuple[str, str]]
CHOSEN = ("checkbox", "radio")
NOT_SENT = ("submit", "button", "image", "reset", "file")


class NoSuchForm(Exception):
    """The page has no form with these fields, or the form has no such field or choice."""


@dataclass
class Field:
    """One control of a form: `choices` are what a select allows."""

    name: str
    kind: str
    value: str
    checked: bool = False
    choices: list[str] = field(default_factory=list)


@dataclass
class Form:
    """A form of a page, with its address made absolute."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)
    buttons: Pairs = field(default_factory=list)

    def names(self) -> set[str]:
        """The names of every control and button."""
        return {one.name for one in self.fields} | {name for name, _ in self.buttons}

    def values(self, name: str) -> list[str]:
        """What the controls of that name may say: radio values, choices, or the value itself."""
        found = [one for one in self.fields if one.name == name]
        return [choice for one in found for choice in (one.choices or [one.value])]

    def filled(self, **answers: str | bool | tuple[str, ...]) -> Pairs:
        """The pairs that a browser would send with these answers in place of what stands there.

        A check box takes True or False, a group of them a tuple of values; NoSuchForm when an
        answer fits no control.
        """
        pairs: Pairs = []
        for one in self.fields:
            pairs.extend(_said(one, answers))
        for name, value in self.buttons:
            if answers.get(name) == value:
                pairs.append((name, value))
        for name, answer in answers.items():
            wanted = answer if isinstance(answer, tuple) else (answer,)
            sent = [value for key, value in pairs if key == name]
            if missing := [one for one in wanted if isinstance(one, str) and one not in sent]:
                raise NoSuchForm(f"{self.action}: {name} does not take {missing[0]!r}")
            if answer is True and not sent:
                raise NoSuchForm(f"{self.action}: no {name} to tick")
        return pairs


def _said(one: Field, answers: dict[str, str | bool | tuple[str, ...]]) -> Pairs:
    answer = answers.get(one.name)
    if one.kind in CHOSEN:
        if isinstance(answer, tuple):
            ticked = one.value in answer
        elif isinstance(answer, str):
            ticked = one.value == answer
        else:
            ticked = one.checked if answer is None else answer
        return [(one.name, one.value)] if ticked else []
    if isinstance(answer, str) and not (one.choices and answer not in one.choices):
        return [(one.name, answer)]
    return [(one.name, one.value)]


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url = url
        self.forms: list[Form] = []
        self.links: Pairs = []
        self.marks: Pairs = []
        self._form: Form | None = None
        self._select: Field | None = None
        self._text: list[str] | None = None
        self._said: list[str] = []
        self._quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value if value is not None else "" for name, value in attrs}
        self.marks.extend((name, value) for name, value in held.items() if name[:5] == "data-")
        self._quiet += tag in ("script", "style")
        if tag == "form":
            action = urljoin(self.url, held.get("action") or self.url)
            self._form = Form(action, held.get("method", "get").upper())
            self.forms.append(self._form)
        elif tag == "a" and "href" in held:
            self.links.append((urljoin(self.url, held["href"]), ""))
            self._text = []
        elif self._form is not None and "disabled" not in held:
            self._control(self._form, tag, held)

    def _control(self, form: Form, tag: str, held: dict[str, str]) -> None:
        name, value = held.get("name", ""), held.get("value", "")
        if tag == "option" and self._select is not None:
            self._select.choices.append(value)
            if "selected" in held or len(self._select.choices) == 1:
                self._select.value = value
        if not name:
            return
        if tag == "button" or held.get("type", "") in NOT_SENT:
            form.buttons.append((name, value))
        elif tag == "input":
            kind = held.get("type", "text").lower()
            value = held.get("value", "on") if kind in CHOSEN else value
            form.fields.append(Field(name, kind, value, "checked" in held))
        elif tag == "select":
            self._select = Field(name, tag, "")
            form.fields.append(self._select)
        elif tag == "textarea":
            form.fields.append(Field(name, tag, ""))
            self._text = []

    def handle_endtag(self, tag: str) -> None:
        self._quiet -= tag in ("script", "style")
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._form and self._text is not None:
            self._form.fields[-1].value = "".join(self._text).removeprefix("\n")
            self._text = None
        elif tag == "a" and self._text is not None:
            self.links[-1] = (self.links[-1][0], " ".join("".join(self._text).split()))
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)
        if not self._quiet:
            self._said.append(data)

    def said(self) -> str:
        """The words of the page, white space folded."""
        return " ".join(" ".join(self._said).split())


@dataclass(frozen=True)
class Page:
    """One answer of a server; `code` is the stable code of a refusal, empty otherwise."""

    url: str
    status: int
    text: str
    code: str = ""

    def read(self) -> _Reader:
        """Forms, links, marks and words of the page."""
        reader = _Reader(self.url)
        reader.feed(self.text)
        reader.close()
        return reader

    def form(self, *names: str, action: str = "") -> Form:
        """The first form that has all these controls and whose address contains `action`."""
        forms = self.read().forms
        for form in forms:
            if set(names) <= form.names() and action in form.action:
                return form
        seen = "; ".join(f"{form.action} {sorted(form.names())}" for form in forms)
        raise NoSuchForm(f"{self.url} ({self.status}): {action} {names} not among [{seen}]")

    def links(self) -> Pairs:
        """Every link with its words."""
        return self.read().links

    def mark(self, name: str) -> str:
        """The value of the first `data-` attribute of that name, or the empty text."""
        return next((value for key, value in self.read().marks if key == f"data-{name}"), "")
