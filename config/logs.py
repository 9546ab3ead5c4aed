"""Logs of the processes: one JSON object a line, to standard error, without anybody's words.

Only named fields leave: no request body, no query string, no local variables of a traceback.
"""

import logging
import logging.config
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

STAMPS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def only_the_place(
    logger: object, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replaces a traceback by the exception's type and places: its text may quote a person."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    event.pop("stack_info", None)
    if info and info[0] is not None:
        event["exception"] = f"{info[0].__module__}.{info[0].__qualname__}"
        places = []
        trace = info[2]
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{code.co_filename}:{trace.tb_lineno}:{code.co_name}")
            trace = trace.tb_next
        event["places"] = places[-12:]
    return event


class WithoutWords(logging.Filter):
    """Drops what Django attaches to its records: the request, and addresses' query strings."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always keeps the record, lighter."""
        record.__dict__.pop("request", None)
        if isinstance(record.args, tuple):
            record.args = tuple(
                arg.partition("?")[0] if isinstance(arg, str) and arg.startswith("/") else arg
                for arg in record.args
            )
        return True


def logging_settings(*, level: str) -> dict[str, Any]:
    """The `logging` dictionary: everything to standard error as JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_words": {"()": WithoutWords}},
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": STAMPS,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    only_the_place,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            },
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "filters": ["without_words"],
            },
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # SQL parameters and addresses of every request are nobody's business.
            "django.db.backends": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "stripe": {"level": "WARNING"},
            "psycopg.pool": {"level": "ERROR"},
            # It names the letters of every report and paper that is laid out.
            "fontTools": {"level": "WARNING"},
        },
    }


def start_logging(settings: dict[str, Any]) -> None:
    """Installs the dictionary and points structlog at it."""
    logging.config.dictConfig(settings)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *STAMPS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
