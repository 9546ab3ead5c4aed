"""The facts of a recorded decision, laid out for a reviewer: sealed ones by name alone."""

from typing import Any

from django.utils.translation import gettext, gettext_lazy

ACTORS: dict[str, Any] = {
    "patient": gettext_lazy("patient"),
    "physician": gettext_lazy("médecin"),
    "reviewer": gettext_lazy("contrôleur"),
    "operator": gettext_lazy("exploitant"),
    "system": gettext_lazy("système"),
    "registry": gettext_lazy("registre ou pièce datée"),
}


def shown_value(value: Any) -> Any:
    """A value as people say it: yes, no, a number or a word."""
    if isinstance(value, bool):
        return gettext("oui") if value else gettext("non")
    return value


def facts_of(decision: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Value, who says so, by what evidence, and until when."""
    return [
        {
            "name": name,
            "value": shown_value(said.get("value")),
            "sealed": "sealed" in said,
            "source": ACTORS.get(said.get("source", ""), said.get("source", "")),
            "evidence": said.get("evidence", ""),
            "until": said.get("valid_until", ""),
        }
        for name, said in sorted((decision or {}).get("facts", {}).items())
    ]
