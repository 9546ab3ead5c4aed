"""What care writes to the log: entry types, the tables each lets change, and exceptions."""

ENTRY_TYPES: dict[str, dict[str, tuple[str, ...]]] = {
    "patient.enrolled": {"consults_patient": ("+",)},
    "patient.identified": {
        "consults_patient": ("identified_by", "identified_at", "identified_until"),
        "consults_identityproof": ("+", "mark", "acr", "proved_at"),
    },
    "patient.unidentified": {
        "consults_patient": ("identified_by", "identified_at", "identified_until"),
        "consults_identityproof": ("-",),
    },
    "terms.accepted": {},
    "authority.declared": {},
    "authority.excepted": {"consults_minorexception": ("+",)},
    "patient.corrected": {
        "consults_patient": ("name", "birth_date", "held_until", "parental_authority"),
    },
    "patient.handed-over": {
        "consults_patient": ("account_id", "own", "held_until", "parental_authority"),
    },
    "physician.enrolled": {"consults_physician": ("+",)},
    "application.refused": {},
    "physician.moved": {
        "consults_physician": ("state",),
        "consults_careermove": ("+",),
    },
    "physician.held-back": {},
    "attestation.recorded": {"consults_attestation": ("+",)},
    "contract.recorded": {"consults_contract": ("+",)},
    "contract.item-proved": {"consults_contractstep": ("+",)},
    "contract.sent": {"consults_contractstep": ("+",)},
    "contract.answered": {"consults_contractstep": ("+",)},
    "contract.declared": {"consults_contractstep": ("+",)},
    "evidence.received": {"consults_evidence": ("+",)},
    "evidence.read": {},
    "expiry.warned": {"consults_expirywarning": ("+",)},
    "register.loaded": {"consults_register": ("+", "current_id")},
    "register.changed": {"consults_attestation": ("+",)},
    "pathway.declared": {"consults_pathwayevidence": ("+",)},
    "pathway.confirmed": {"consults_pathwayevidence": ("confirmed", "decided_at")},
    "pathway.denied": {"consults_pathwayevidence": ("confirmed", "decided_at")},
    "pathway.ended": {"consults_pathwayevidence": ("ended_at", "ended_by")},
    "pathway.chosen": {"consults_treatingchoice": ("+",)},
    "consent.given": {"consults_consent": ("+",)},
    "consent.withdrawn": {"consults_consent": ("+",)},
    "erasure.asked": {"consults_erasure": ("+",)},
    "erasure.cancelled": {"consults_erasure": ("cancelled_at",)},
    "erasure.ordered": {
        "consults_erasure": ("ordered_at", "key_id"),
        "consults_patient": (
            "key_id",
            "name",
            "birth_date",
            "identified_by",
            "identified_at",
            "identified_until",
        ),
        "consults_identityproof": ("-",),
    },
    "erasure.done": {"consults_erasure": ("done_at",)},
    "data.exported": {},
    "duty.rostered": {"consults_duty": ("+",)},
    "duty.ended": {"consults_dutyend": ("+",)},
    "duty.offered": {"consults_handover": ("+",)},
    "duty.accepted": {"consults_handover": ("answered_at", "accepted")},
    "duty.declined": {"consults_handover": ("answered_at", "accepted")},
    "availability.chosen": {"consults_availability": ("+",)},
    "profile.acknowledged": {"consults_profileacknowledgement": ("+",)},
    "question.opened": {
        "consults_question": ("+", "head_seq"),
        "consults_message": ("+",),
        "consults_questionuserpermission": ("+",),
        "consults_alert": ("+",),
    },
    "question.held": {
        "consults_question": ("+",),
        "consults_questionuserpermission": ("+",),
        "consults_alert": ("+",),
    },
    "question.refused": {
        "consults_question": ("+", "state", "closed_at"),
        "consults_questionuserpermission": ("+",),
        "consults_alert": ("+",),
    },
    "question.released": {
        "consults_question": ("state", "head_seq", "refusal"),
        "consults_message": ("+",),
    },
    "question.queued": {
        "consults_question": ("state", "head_seq", "physician_id", "deadline_at"),
        "consults_message": ("+",),
    },
    "question.claimed": {
        "consults_question": ("state", "head_seq", "physician_id", "claimed_at"),
        "consults_message": ("+",),
        "consults_questionuserpermission": ("+",),
    },
    "claim.refused": {},
    "question.set-aside": {"consults_question": ("head_seq",), "consults_message": ("+",)},
    "question.unclaimed": {
        "consults_question": ("state", "head_seq", "physician_id", "claimed_at"),
        "consults_message": ("+",),
        "consults_questionuserpermission": ("-",),
    },
    "message.posted": {"consults_question": ("head_seq",), "consults_message": ("+",)},
    "answer.given": {
        "consults_question": ("state", "head_seq", "answered_at"),
        "consults_message": ("+",),
        "consults_answer": ("+",),
    },
    "answer.refused": {},
    "report.delivered": {
        "consults_question": ("head_seq",),
        "consults_message": ("+",),
        "consults_reportdelivery": ("+",),
        "consults_questionuserpermission": ("+",),
        "consults_reportmail": ("state", "code", "settled_at"),
    },
    "report.planned": {"consults_reportplan": ("+",)},
    "report.mail-ordered": {
        "consults_question": ("head_seq",),
        "consults_message": ("+",),
        "consults_reportmail": ("+",),
    },
    "report.mail-accepted": {
        "consults_reportmail": (
            "state",
            "code",
            "queue_id",
            "commitment",
            "salt",
            "maybe_repeated",
            "settled_at",
        ),
    },
    # One attempt that was turned away, by a mail server or by the reader's own switch.
    "report.refused": {
        "consults_question": ("head_seq",),
        "consults_message": ("+",),
        "consults_reportmail": ("+", "state", "code", "maybe_repeated", "settled_at"),
    },
    "report.opened": {"consults_reportreading": ("+",)},
    "report.downloaded": {"consults_reportreading": ("+",)},
    "reports.switched": {"consults_reportswitch": ("+",)},
    "question.withdrawn": {
        "consults_question": ("state", "head_seq", "closed_at", "reason"),
        "consults_message": ("+",),
        "consults_questionuserpermission": ("-",),
    },
    "question.breached": {
        "consults_question": ("breached_at", "head_seq"),
        "consults_message": ("+",),
    },
    "question.expired": {
        "consults_question": ("state", "head_seq", "closed_at", "reason"),
        "consults_message": ("+",),
    },
    "question.closed": {
        "consults_question": ("state", "head_seq", "closed_at", "reason"),
        "consults_message": ("+",),
    },
    "act.judged-again": {"consults_rejudgment": ("+",)},
    "incident.opened": {
        "consults_question": ("head_seq",),
        "consults_message": ("+",),
        "consults_incident": ("+",),
    },
    "alert.raised": {"consults_question": ("severity",), "consults_alert": ("+",)},
    "alert.escalated": {"consults_alertstep": ("+",)},
    "alert.forwarded": {"consults_alertstep": ("told_at",)},
    "alert.read": {},
    "alert.acknowledged": {
        "consults_alert": ("acknowledged_at", "acknowledged_by", "verdict"),
    },
}

APPEND_ONLY: tuple[str, ...] = (
    "consults_minorexception",
    "consults_attestation",
    "consults_careermove",
    "consults_contract",
    "consults_contractstep",
    "consults_evidence",
    "consults_expirywarning",
    "consults_duty",
    "consults_dutyend",
    "consults_availability",
    "consults_profileacknowledgement",
    "consults_message",
    "consults_answer",
    "consults_reportdelivery",
    "consults_rejudgment",
    "consults_incident",
    "consults_reportplan",
    "consults_reportreading",
    "consults_reportswitch",
    "consults_treatingchoice",
    "consults_consent",
)

UNGOVERNED: dict[str, str] = {
    "consults_registerload": "register loads: a public file; which one is read is recorded",
    "consults_registerentry": "register loads: rows of a public file, named by its SHA-256",
    "consults_seen": "how far each reader has read: a mark, renewed at every glance",
    "consults_question.screened_seq": "how far the screen has listened; what it hears is recorded",
    "consults_reportmail.try_at": "when a secure mail is due next: machinery, no act",
    "consults_reportmailattempt": (
        "attempts at a secure mail: machinery, what came of each is recorded"
    ),
    "consults_alertstep.taken_at": "which mail a worker is sending; that it left is recorded",
    "consults_draft": "a text that was not accepted, sealed and deleted after thirty days",
}

SUBJECT_OF: dict[str, str] = {
    "consults_questionuserpermission": (
        "(SELECT q.subject FROM consults_question q WHERE q.id = r.content_object_id)"
    ),
}

AUTO: dict[str, tuple[str, str]] = {}
