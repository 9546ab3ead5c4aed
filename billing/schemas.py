"""Which entry allows which change of a money table. Pure data, read by the record's triggers.

Entries that move money carry their ledger rows as `data.journal`: a list of
`{"book","debit","credit","cents","source","seq"}`, so that the books can be summed from the
log alone.
"""

_LEG = (
    "state",
    "checkout_session",
    "payment_intent",
    "charge",
    "captured_cents",
    "capture_before",
    "authorised_at",
    "ended_at",
    "refused_code",
    "hosted_url",
    "elsewhere",
)
_REFUNDED = ("state", "refund_ordered_cents", "refunded_cents")  # fmt: skip
_RENEWED = ("state", "payment_intent", "holds_until", "settled_at")
_DISPUTED = {
    "billing_leg": ("state", "lost_cents"),
    "billing_dispute": ("+", "status", "changed_at"),
    "billing_journal": ("+",),
}
_PROJECTED = {
    "billing_leg": _LEG,
    "billing_op": ("+", "state", "settled_at"),
    "billing_journal": ("+",),
    "billing_receipt": ("+",),
}

ENTRY_TYPES: dict[str, dict[str, tuple[str, ...]]] = {
    "honoraires.set": {"billing_honoraires": ("+",)},
    "schedule.published": {"billing_schedule": ("+",)},
    "connected-account.opened": {"billing_connectedaccount": ("+",)},
    "connected-account.changed": {
        "billing_connectedaccount": (
            "charges_enabled",
            "details_submitted",
            "payouts_enabled",
            "requirements",
            "disabled_reason",
            "changed_at",
        )
    },
    "connected-account.reopened": {
        "billing_connectedaccount": ("charges_enabled", "deauthorised_at", "changed_at")
    },
    "connected-account.deauthorised": {
        "billing_connectedaccount": ("charges_enabled", "deauthorised_at", "changed_at")
    },
    "book.opened": {"billing_book": ("+",), "billing_ledgeraccount": ("+",)},
    "quote.issued": {"billing_quote": ("+",)},
    "quote.refused": {},
    "quote.accepted": {"billing_acceptance": ("+",), "billing_leg": ("+",)},
    "presence.began": {"billing_presence": ("+",)},
    "meter.stopped": {"billing_meterstop": ("+",)},
    "leg.opening": {"billing_op": ("+",)},
    "leg.opened": _PROJECTED,
    "leg.authorising": _PROJECTED,
    "leg.action-required": _PROJECTED,
    "leg.declined": _PROJECTED,
    "leg.authorised": _PROJECTED,
    "leg.captured": _PROJECTED,
    "leg.capture-lost": _PROJECTED,
    "leg.voided": _PROJECTED,
    "leg.expired": _PROJECTED,
    "leg.acquitted": {**_PROJECTED, "billing_acquittal": ("+",)},
    "leg.waived": {"billing_leg": _LEG, "billing_journal": ("+",)},
    "leg.reminded": {"billing_reminder": ("+",)},
    "leg.capture-ordered": {"billing_op": ("+",), "billing_leg": _LEG},
    "leg.release-ordered": {"billing_op": ("+",), "billing_leg": _LEG},
    "leg.refund-ordered": {"billing_op": ("+",), "billing_leg": _REFUNDED},
    "leg.refunded": {
        "billing_leg": _REFUNDED,
        "billing_op": ("state", "settled_at"),
        "billing_refund": ("+",),
        "billing_journal": ("+",),
    },
    "leg.refund-failed": {
        "billing_leg": _REFUNDED,
        "billing_op": ("state", "settled_at"),
        "billing_refund": ("failed",),
        "billing_journal": ("+",),
    },
    "leg.taken-elsewhere": {"billing_leg": _LEG},
    "leg.owed-back": _PROJECTED,
    "leg.renewal-asked": {"billing_renewal": ("+",)},
    "leg.renewal-told": {"billing_renewal": ("told_at",)},
    "leg.renewal-opening": {"billing_op": ("+",)},
    "leg.renewal-opened": {
        "billing_renewal": ("state", "checkout_session", "hosted_url"),
        "billing_op": ("+", "state", "settled_at"),
    },
    "leg.renewed": {
        "billing_leg": _LEG,
        "billing_renewal": _RENEWED,
        "billing_op": ("+", "state", "settled_at"),
        "billing_journal": ("+",),
    },
    "leg.renewal-ended": {
        "billing_renewal": _RENEWED,
        "billing_op": ("+", "state", "settled_at"),
    },
    "leg.hold-dropped": {"billing_op": ("state", "settled_at")},
    "leg.disputed": _DISPUTED,
    "leg.dispute-closed": _DISPUTED,
    "book.extended": {"billing_ledgeraccount": ("+",)},
    "book.moved": {"billing_journal": ("+",)},
    "book.unexplained": {"billing_journal": ("+",)},
    "op.failed": {"billing_op": ("+", "state", "settled_at")},
    "gate.passed": {
        "billing_gatepass": ("+",),
        "billing_meterreading": ("+",),
        "billing_op": ("+",),
        "billing_leg": _LEG,
        "billing_journal": ("+",),
    },
    "gate.refused": {"billing_op": ("+",), "billing_leg": _LEG},
    "journal.posted": {"billing_journal": ("+",)},
    "fee.question-asked": {"billing_feequestion": ("+",)},
    "fee.question-answered": {"billing_feequestion": ("answered", "answered_at")},
    "receipt.issued": {"billing_receipt": ("+",)},
    "papers.linked": {"billing_paperlink": ("+",)},
    "letterhead.set": {"billing_letterhead": ("+",)},
    "invoice.addressed": {"billing_customer": ("+",)},
    "order.confirmed": {"billing_confirmation": ("+",)},
    "withdrawal.confirmed": {"billing_confirmation": ("+",)},
}

APPEND_ONLY: tuple[str, ...] = (
    "billing_honoraires",
    "billing_schedule",
    "billing_quote",
    "billing_acceptance",
    "billing_gatepass",
    "billing_meterstop",
    "billing_meterreading",
    "billing_book",
    "billing_ledgeraccount",
    "billing_journal",
    "billing_receipt",
    "billing_paperlink",
    "billing_letterhead",
    "billing_customer",
    "billing_acquittal",
    "billing_reminder",
    "billing_confirmation",
)

# The closed list of flows is written by migrations and by nobody else.
OWNER_ONLY: tuple[str, ...] = ("billing_flow",)

UNGOVERNED: dict[str, str] = {
    "billing_attempt": "attempts of an operation: retries are machinery, their effect is recorded",
    "billing_presence.seen_at": (
        "a sign of life every few seconds; the database lets it move by one beat at a time only,"
        " and what it amounts to is recorded with the pass"
    ),
    "billing_leg.looked_at": "when the leg was last fetched: machinery, not money",
    "billing_leg.look_after_at": "when an end that nobody saw is looked at: machinery, not money",
    "billing_connectedaccount.looked_at": "when the account was last fetched: machinery",
    "billing_renewal.looked_at": "when the renewal was last fetched: machinery, not money",
    "billing_renewal.telling_at": "when a mail was last tried: machinery, its end is recorded",
    "billing_closedday": "which days' sums are kept: derived from the journal, checked against it",
    "billing_daysum": "sums of closed days: derived from the journal, checked against it",
    "billing_reconciliation": "the last look at a balance: machinery, what it found is recorded",
    "billing_stripeevent": "raw events: a hint to go and fetch, never a fact",
}

SUBJECT_OF: dict[str, str] = {}

AUTO: dict[str, tuple[str, str]] = {}
