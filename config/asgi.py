"""The ASGI application: HTTP to Django, sockets to the broker."""

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application

# Django loads its apps here; what imports models comes after.
pages = get_asgi_application()

from audit.law import packs  # noqa: E402
from broker.routing import websocket_urlpatterns  # noqa: E402
from config.middleware import BodyBound, FramedFaces  # noqa: E402

bounded = BodyBound(pages)
packs.load()  # read and compiled once, before the first question waits for it
application = ProtocolTypeRouter(
    {
        "http": FramedFaces(bounded) if settings.DEMO else bounded,
        "websocket": URLRouter(websocket_urlpatterns),
    }
)
