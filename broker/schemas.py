"""Which entry lets which of the broker's tables change."""

ENTRY_TYPES: dict[str, dict[str, tuple[str, ...]]] = {
    "lease.taken": {"broker_lease": ("+",)},
    "lease.ended": {"broker_lease": ("ended_at", "ended_because")},
    "question.routed": {},
    # An answer within minutes was asked for, and nobody who could keep it was here.
    "promise.refused": {},
    "account.closed": {},
    "complaint.made": {"broker_complaint": ("+",)},
    "complaint.read": {},
    "complaint.answered": {"broker_complaint": ("answered_at", "outcome", "answer")},
    # Public words, prices and notices: what the rules said of them.
    **{f"{what}.{end}": {} for what in ("offer", "notice") for end in ("judged", "refused")},
    # The platform's own settings: where they stand, and whether that may be.
    "platform.judged": {},
    "platform.refused": {},
    # A text that was only asked about, or a version laid into the register.
    "text.judged": {"broker_publictext": ("+",)},
    "text.refused": {"broker_publictext": ("+",)},
    "text.approved": {"broker_textstep": ("+",)},
    "text.withdrawn": {"broker_textstep": ("+",)},
    # Somebody came from a site that sells sick notes; one entry an hour, and nothing of them.
    "arrival.refused": {},
}
APPEND_ONLY: tuple[str, ...] = ("broker_publictext", "broker_textstep")
UNGOVERNED: dict[str, str] = {
    "broker_lease.expires_at": "lease renewals: a sign of life every few seconds, no act",
    "broker_pulse": "processes' signs of life, no person concerned",
    "broker_presence": "physicians' last sign of life, overwritten every few seconds, no act",
}
SUBJECT_OF: dict[str, str] = {}
AUTO: dict[str, tuple[str, str]] = {}
