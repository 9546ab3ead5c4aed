"""The map of the sockets."""

from django.urls import path, re_path

from broker.consumers.door import nowhere
from broker.consumers.thread import ThreadSocket

websocket_urlpatterns = [
    path("ws/questions/<uuid:question_id>/", ThreadSocket.as_asgi()),
    re_path(r"^.*$", nowhere),  # type: ignore[arg-type]
]
