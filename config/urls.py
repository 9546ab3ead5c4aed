"""The map of every address of the site."""

from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from broker.views import accounts, public
from config.accounts import enrolling
from config.metrics import health, metrics

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.internal"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", public.home, name="home"),
    path("sources/", public.sources, name="sources"),
    path("garde/", public.on_call, name="on_call"),
    path("conditions/", public.page, {"key": "conditions"}, name="terms"),
    path("comment/", public.page, {"key": "comment"}, name="how"),
    path("tarifs/", public.page, {"key": "tarifs"}, name="prices"),
    path("responsabilites/", public.page, {"key": "responsabilites"}, name="who_answers"),
    path("mentions/", public.page, {"key": "mentions"}, name="legal"),
    path("medecins/", accounts.physicians, name="physicians"),
    path("", include("broker.urls")),
    path("", include("billing.urls")),
    path("compte/2fa/totp/activate/", enrolling(totp.activate_totp)),
    path("compte/2fa/webauthn/add/", enrolling(webauthn.add_webauthn)),
    path("compte/2fa/recovery-codes/generate/", enrolling(recovery_codes.generate_recovery_codes)),
    path("compte/", include("allauth.urls")),
    path("ordre/", include("audit.urls")),
    path("sante/", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("demo/", include("config.demo.urls")),
    path("langue/", set_language, name="set_language"),
]
