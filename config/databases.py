"""Turns database addresses into Django's settings, and keeps tables where they belong."""

from typing import Any

from psycopg import conninfo

from config.env import Environment

# Databases beside the service's own that hold none of Django's tables.
WITHOUT_MODELS = frozenset({"keys", "keys_owner", "sequencer", "reader"})


def database(url: str, *, pool: int) -> dict[str, Any]:
    """One entry of DATABASES; `pool` is the most connections a process holds, 0 for no pool."""
    parts = dict(conninfo.conninfo_to_dict(url))
    known = {key: str(parts.pop(key, "") or "") for key in ("user", "password", "host", "port")}
    options: dict[str, Any] = {key: value for key, value in parts.items() if key != "dbname"}
    if pool:
        # `timeout`: a request that waits longer for a connection fails instead of piling up.
        options["pool"] = {"min_size": 0, "max_size": pool, "timeout": 10, "max_idle": 60}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts["dbname"],
        "USER": known["user"],
        "PASSWORD": known["password"],
        "HOST": known["host"],
        "PORT": known["port"],
        "CONN_MAX_AGE": 0,
        "OPTIONS": options,
    }


def databases(env: Environment, *, pool: bool = True) -> dict[str, dict[str, Any]]:
    """DATABASES: `default` and `keys` always, the other aliases when their URL is set."""
    most = env.database_pool if pool else 0
    nowhere = "postgresql:///teleconseil"  # nothing is set: commands that need no database
    held = {
        "default": database(env.database_url or nowhere, pool=most),
        "keys": database(env.keys_database_url or nowhere, pool=min(most, 4)),
    }
    others = {
        "owner": env.database_owner_url,
        "keys_owner": env.keys_owner_url,
        "sequencer": env.database_sequencer_url,
        "reader": env.database_reader_url,
    }
    return held | {alias: database(url, pool=0) for alias, url in others.items() if url}


class Router:
    """Every model lives in the service's database; only the owner migrates."""

    def db_for_read(self, model: object, **hints: object) -> str | None:
        """No opinion: `default`, or what the caller asks for."""
        return None

    def db_for_write(self, model: object, **hints: object) -> str | None:
        """No opinion, as for reads."""
        return None

    def allow_relation(self, left: object, right: object, **hints: object) -> bool | None:
        """Aliases of one database are one database."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool | None:
        """Tables are made as the owner; the keys' database has none of Django's."""
        return db not in WITHOUT_MODELS
