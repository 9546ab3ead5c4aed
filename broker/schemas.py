"""Which entry lets which of the broker's tables change."""

ENTRY_TYPES: dict[str, dict[str, tuple[str, ...]]] = {
    "lease.taken": {"broker_lease": ("+",)},
    "lease.ended": {"broker_lease": ("ended_at", "ended_because")},
    "question.routed": {},
    "question.breached": {},
    # Public words, prices and notices: what the rules said of them.
    **{
        f"{what}.{end}": {}
        for what in ("text", "offer", "notice")
        for end in ("judged", "refused")
    },
}
APPEND_ONLY: tuple[str, ...] = ()
UNGOVERNED: dict[str, str] = {
    "broker_lease.expires_at": "lease renewals: a sign of life every few seconds, no act",
    "broker_pulse": "processes' signs of life, no person concerned",
}
SUBJECT_OF: dict[str, str] = {}
AUTO: dict[str, tuple[str, str]] = {}
