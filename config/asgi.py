"""The ASGI application: HTTP to Django, sockets to the broker."""

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

# Django loads its apps here; what imports models comes after.
pages = get_asgi_application()

from broker.routing import websocket_urlpatterns  # noqa: E402
from config.middleware import BodyBound  # noqa: E402

application = ProtocolTypeRouter(
    {"http": BodyBound(pages), "websocket": URLRouter(websocket_urlpatterns)}
)
