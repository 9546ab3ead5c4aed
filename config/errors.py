"""Every refusal that a whole page stands for: one table of stable codes, one page, one JSON form.

The doors' own refusals (a quote that moved, a lease that is lost) are said by the doors.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

BACK = _("Revenez à la page précédente et réessayez.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a code means: its HTTP status, a title and a sentence for people."""

    status: int
    title: str | Promise
    says: str | Promise


CODES: dict[str, Refusal] = {
    "BAD_REQUEST": Refusal(400, _("Demande incomprise"), BACK),
    "BAD_ENCODING": Refusal(
        400,
        _("Caractères illisibles"),
        _(
            "Le texte envoyé contient des caractères que nous ne pouvons ni lire ni conserver."
            " Rien n’a été enregistré. Retirez-les et renvoyez."
        ),
    ),
    "BAD_HOST": Refusal(400, _("Adresse inconnue"), _("Ce site ne répond pas à cette adresse.")),
    "FORBIDDEN": Refusal(
        403, _("Accès refusé"), _("Votre compte ne permet pas de voir cette page.")
    ),
    "CSRF_FAILED": Refusal(
        403,
        _("Formulaire expiré"),
        _(
            "Pour votre sécurité, ce formulaire n’est plus valable ou n’a pas été envoyé depuis"
            " ce site. Rechargez la page et renvoyez-le."
        ),
    ),
    "SECOND_FACTOR_NEEDED": Refusal(
        403,
        _("Second facteur nécessaire"),
        _(
            "Cette page demande une connexion à deux facteurs : un mot de passe, puis un code"
            " ou une clé d’accès."
        ),
    ),
    "ENROLMENT_LINK_NEEDED": Refusal(
        403,
        _("Lien d’invitation nécessaire"),
        _(
            "Un second facteur s’installe par le lien que l’exploitant vous a remis, ou depuis une"
            " connexion qui a déjà montré un second facteur. Demandez un nouveau lien."
        ),
    ),
    "SICK_NOTE_PLATFORM": Refusal(
        403,
        _("Pas d’arrêt de travail ici"),
        _(
            "Vous venez d’un site qui en propose. Ce service n’en délivre pas : un arrêt"
            " demande un examen, par votre médecin traitant ou un autre médecin que vous voyez."
            " Une question de santé peut être posée ici, en revenant à l’accueil. Rien de vous"
            " n’a été noté."
        ),
    ),
    "NOT_FOUND": Refusal(
        404,
        _("Page introuvable"),
        _("Cette page n’existe pas, ou n’est pas ouverte à votre compte."),
    ),
    "METHOD_NOT_ALLOWED": Refusal(405, _("Demande incomprise"), BACK),
    "BODY_TOO_LARGE": Refusal(
        413,
        _("Envoi trop volumineux"),
        _("Un envoi ne peut pas dépasser 1 Mio. Rien n’a été enregistré."),
    ),
    "TOO_MANY_REQUESTS": Refusal(
        429, _("Trop de demandes"), _("Attendez une minute, puis réessayez.")
    ),
    "INTERNAL_ERROR": Refusal(
        500,
        _("Une erreur de notre fait"),
        _("Elle est notée. Ce qui était confirmé à l’écran est conservé."),
    ),
}


def wants_json(request: HttpRequest) -> bool:
    """Whether a program, not a person, asked."""
    accepts = request.headers.get("Accept", "")
    sends = request.headers.get("Content-Type", "")
    return (
        request.path.endswith(".json")
        or sends.startswith("application/json")
        or ("application/json" in accepts and "text/html" not in accepts)
    )


def refuse(request: HttpRequest, code: str) -> HttpResponse:
    """The page or the JSON object of one code."""
    refusal = CODES[code]
    if wants_json(request):
        detail = f"{refusal.title}. {refusal.says}"
        return JsonResponse({"code": code, "detail": detail}, status=refusal.status)
    shown = {"code": code, "refusal": refusal}
    page = loader.render_to_string("error.html", shown, request=request)
    return HttpResponse(page, status=refusal.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers what Django finds suspicious, an unknown host name included."""
    known = {"DisallowedHost": "BAD_HOST", "RequestDataTooBig": "BODY_TOO_LARGE"}
    return refuse(request, known.get(type(exception).__name__, "BAD_REQUEST"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers `PermissionDenied`; its text may name one of the codes."""
    named = str(exception)
    return refuse(request, named if named in CODES else "FORBIDDEN")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answers a form that did not come from a page of this site."""
    return refuse(request, "CSRF_FAILED")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers an unknown address, and one that is not open to this person."""
    return refuse(request, "NOT_FOUND")


def internal(request: HttpRequest) -> HttpResponse:
    """Answers our own mistake, without asking the database anything."""
    if wants_json(request):
        return refuse(request, "INTERNAL_ERROR")
    shown = {"request_id": getattr(request, "request_id", "")}
    return HttpResponse(loader.render_to_string("500.html", shown), status=500)
