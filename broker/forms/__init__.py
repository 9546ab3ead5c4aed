"""What people hand in at the doors, checked before any action sees it."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from billing.money.metering import CAPS_MINUTES
from billing.states import Mode
from broker import protocol
from broker.protocol import FrameError
from broker.queries.texts import BLANKS
from consults import states
from consults.queries import File

MAX_PAGE_CHARS = 20_000
OWN_TIER = "own-physician"
CANNOT_READ = gettext_lazy("Cette valeur n'est pas lisible.")


class PlainTextField(forms.CharField):
    """Text under the same rules as a socket's frames, with the same codes."""

    widget = forms.Textarea

    def __init__(self, *, longest: int = protocol.MAX_BODY_CHARS, **options: Any) -> None:
        super().__init__(strip=False, **options)
        self.longest = longest

    def to_python(self, value: Any) -> str:
        """The text in NFC, or a ValidationError that carries the code."""
        try:
            return protocol.plain_text(value or "", longest=self.longest, empty=True)
        except FrameError as wrong:
            raise ValidationError(gettext(protocol.ERRORS[wrong.code]), code=wrong.code) from None

    def validate(self, value: str) -> None:
        """Refuse the empty text where there must be one."""
        if self.required and not value:
            raise ValidationError(gettext(protocol.ERRORS["TEXT_EMPTY"]), code="TEXT_EMPTY")

    def run_validators(self, value: str) -> None:
        """Every check was made in to_python; Django's own would only repeat one."""


class DoorForm(forms.Form):
    """A form whose errors have stable codes: those of the protocol, or FIELD_INVALID."""

    def codes(self) -> list[str]:
        """The codes of what is wrong, for scripts and tests."""
        said = {error.code or "" for errors in self.errors.as_data().values() for error in errors}
        return sorted(code if code.isupper() else "FIELD_INVALID" for code in said)


class FlagsForm(DoorForm):
    """The list that comes before anything else: at least one box, and never both kinds."""

    flags = forms.MultipleChoiceField(
        choices=list(states.RED_FLAGS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    none_of_these = forms.BooleanField(required=False)

    def __init__(self, *args: Any, files: Sequence[File] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        if len(files) > 1:  # nobody is asked about by default
            self.fields["patient"] = forms.ChoiceField(
                choices=[(str(one.id), one.name) for one in files]
            )

    def clean(self) -> dict[str, Any]:
        """Ask for an answer: silence is not "none of these"."""
        cleaned: dict[str, Any] = super().clean() or {}
        if bool(cleaned.get("flags")) == bool(cleaned.get("none_of_these")):
            raise ValidationError(
                gettext("Cochez les signes présents, ou « aucun de ces signes »."),
                code="FLAGS_UNANSWERED",
            )
        return cleaned


class QuestionForm(DoorForm):
    """The question itself: text, the pathway and the physician, and the consent."""

    question_id = forms.UUIDField(widget=forms.HiddenInput)
    client_id = forms.UUIDField(widget=forms.HiddenInput)
    text = PlainTextField()
    route = forms.CharField(max_length=80)
    topic = forms.ChoiceField(
        choices=[("", ""), *((code, code) for code in states.TOPICS)], required=False
    )
    tier = forms.CharField(max_length=20, required=False)
    consent = forms.BooleanField()
    # Agreements of their own: the report's way, and the terms when they had been taken back.
    sharing = forms.BooleanField(required=False)
    terms = forms.BooleanField(required=False)

    def __init__(self, *args: Any, tiers: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.tiers = tiers

    def clean_route(self) -> tuple[str, UUID | None]:
        """`ground:physician`, where the physician may be `any` and the ground `none`."""
        ground, _, physician = self.cleaned_data["route"].partition(":")
        if ground not in states.GROUNDS:
            raise ValidationError(CANNOT_READ, code="GROUND_UNKNOWN")
        if physician == "any":
            return ground, None
        try:
            return ground, UUID(physician)
        except ValueError:
            raise ValidationError(CANNOT_READ, code="PHYSICIAN_UNKNOWN") from None

    def clean_tier(self) -> str:
        """The tier asked for, or the one that goes with the ground: one's own physician's."""
        ground, _ = self.cleaned_data.get("route", ("", None))
        usual = OWN_TIER if ground == "treating" else self.tiers[0]
        tier = self.cleaned_data["tier"] or usual
        if tier not in self.tiers:
            raise ValidationError(CANNOT_READ, code="TIER_UNKNOWN")
        return str(tier)


class AcceptForm(DoorForm):
    """The agreement to a quote: which quote, when it was shown, how to settle. Nothing ticked."""

    quote = forms.UUIDField(widget=forms.HiddenInput)
    shown_at = forms.CharField(max_length=400, widget=forms.HiddenInput)
    settlement = forms.ChoiceField(
        choices=[("card", "card"), ("off_platform", "off_platform")],
        error_messages={
            "required": gettext_lazy("Choisissez un mode de règlement."),
            "invalid_choice": CANNOT_READ,
        },
        required=False,
    )
    # Asked for where something is owed: to begin before the fourteen days of withdrawal are over.
    begins_at_once = forms.BooleanField(required=False)
    # How the report will reach the treating physician, where there is one to inform.
    way = forms.ChoiceField(choices=[(way, way) for way in states.WAYS], required=False)
    address = forms.CharField(max_length=254, required=False)


class CapForm(DoorForm):
    """How many minutes a live exchange may cost at most."""

    minutes = forms.ChoiceField(choices=[(str(one), str(one)) for one in CAPS_MINUTES])


class MessageForm(DoorForm):
    """One message of the thread, for a page without a socket."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    body = PlainTextField()


class DeclareForm(DoorForm):
    """A patient's declaration of a link with a physician."""

    ground = forms.ChoiceField(choices=[(ground, ground) for ground in states.DECLARED_GROUNDS])
    physician = forms.UUIDField()
    attestor = forms.UUIDField(required=False)


class ConfirmForm(DoorForm):
    """The attestor's word on a declaration."""

    evidence = forms.UUIDField()
    confirmed = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])


class AlertForm(DoorForm):
    """What the duty physician did about an alert."""

    verdict = forms.ChoiceField(choices=[(word, word) for word in states.ALERT_VERDICTS])


class LeaseForm(DoorForm):
    """The fence under which a physician acts."""

    lease = forms.UUIDField()


class LegForm(DoorForm):
    """One payment settled at the practice, how and when if the physician says it."""

    leg = forms.UUIDField()
    mode = forms.ChoiceField(
        choices=[("", ""), *((str(one), str(one)) for one in Mode)], required=False
    )
    received_on = forms.DateField(required=False)


class PublicTextForm(DoorForm):
    """A sentence that the platform would like to show to the public."""

    text = PlainTextField(label=gettext_lazy("Texte"))


class VersionForm(DoorForm):
    """A new version of a public text, in the small markup of the pages."""

    body = PlainTextField(
        label=gettext_lazy("Le texte de la page"),
        longest=MAX_PAGE_CHARS,
        widget=forms.Textarea(attrs={"rows": 24}),
    )

    def clean_body(self) -> str:
        """A title comes first, and nothing is left blank but what the pages fill in."""
        body = str(self.cleaned_data["body"]).replace("\r\n", "\n").strip() + "\n"
        if not body.startswith("# "):
            raise ValidationError(
                gettext("La première ligne est le titre : « # … »."), code="FIELD_INVALID"
            )
        if strange := set(re.findall(r"\{([^}#]*)\}", body)) - set(BLANKS):
            names = ", ".join(sorted(strange))
            raise ValidationError(
                gettext("Champ inconnu : %(names)s.") % {"names": names}, code="FIELD_INVALID"
            )
        return body


class ApprovalForm(DoorForm):
    """Who answers for a version, and from when it is shown; empty means at once."""

    approver = PlainTextField(
        label=gettext_lazy("Votre nom et votre fonction, tels qu’affichés"),
        longest=200,
        widget=forms.TextInput,
    )
    valid_from = forms.DateTimeField(
        label=gettext_lazy("Affiché à partir de"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )


class OfferForm(DoorForm):
    """One line of a price list."""

    label = PlainTextField(label=gettext_lazy("Libellé"), longest=200, widget=forms.TextInput)
    price_cents = forms.IntegerField(
        label=gettext_lazy("Prix en centimes"), min_value=0, max_value=1_000_000
    )
    pricing_unit = forms.ChoiceField(
        label=gettext_lazy("Ce que le prix suit"),
        choices=[
            ("per_act", gettext_lazy("l’acte")),
            ("per_speed_tier", gettext_lazy("la rapidité de la réponse")),
            ("per_minute", gettext_lazy("les minutes")),
            ("subscription", gettext_lazy("un abonnement")),
        ],
    )
    payee = forms.ChoiceField(
        label=gettext_lazy("À qui va la somme"),
        choices=[
            ("platform", gettext_lazy("à la plateforme")),
            ("physician", gettext_lazy("au médecin")),
            ("referrer", gettext_lazy("à qui envoie des patients ici")),
        ],
        required=False,
    )
    in_pathway = forms.BooleanField(
        label_suffix="", label=gettext_lazy("Réservé au parcours de soins"), required=False
    )


class NoticeForm(DoorForm):
    """A remote check by the insurer's physician, called for a moment."""

    planned_at = forms.DateTimeField(
        label=gettext_lazy("Date et heure du contrôle"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
