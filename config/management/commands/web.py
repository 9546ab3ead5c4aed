"""`teleconseil web`: pages and sockets, until it is told to stop."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.asgi import application
from config.serving import serve


class Command(BaseCommand):
    """Runs the web server."""

    help = "Serves pages and sockets until SIGTERM, then lets requests finish."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and how long to wait at the end."""
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="the port to listen on")
        parser.add_argument(
            "--drain", type=float, default=20.0, help="most seconds given to requests at the end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serves."""
        serve(
            application,
            host=options["host"],
            port=options["port"],
            behind_proxy=settings.SECURE_PROXY_SSL_HEADER is not None,
            drain=options["drain"],
        )
