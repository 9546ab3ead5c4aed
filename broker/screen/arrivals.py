"""Which sites sell sick notes, by a list of hosts and of names that say so. Pure."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "refused_sites.json"


@lru_cache(maxsize=1)
def _lists() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def refused_site(host: str) -> str:
    """The entry of the list that this host falls under; empty when it is welcome.

    Only a host is looked at: what somebody was reading elsewhere is none of our business.
    """
    name = host.lower().rstrip(".").removeprefix("www.")
    lists = _lists()
    if any(_under(name, one) for one in lists["never"]):
        return ""
    for site in lists["sites"]:
        if _under(name, site):
            return str(site)
    for pattern in lists["names"]:
        if re.search(pattern, name):
            return f"named {pattern}"
    return ""


def _under(name: str, site: str) -> bool:
    return name == site or name.endswith(f".{site}")
