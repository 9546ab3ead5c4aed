"""When the world moved: each named exception of care and money, and the code the doors say."""

from uuid import UUID

from billing.actions.desk import NotDue, ReceivedTooSoon
from billing.actions.metering import MeterNotRunning
from billing.actions.payments import LegNotPayable, PaymentUnavailable
from billing.actions.quotes import (
    ActNotInCatalogue,
    CapNotSet,
    CapUnfit,
    NoConnectedAccount,
    QuoteAlreadyAccepted,
    QuoteExpired,
)
from billing.actions.rejudging import NotJudgeable
from billing.actions.renewing import RenewalNotDue
from consults import actions as care
from consults.actions.choosing import LinkEnded, RppsUnlisted
from consults.actions.leaving import ErasureUnderWay, NothingToCancel
from consults.keys import KeyErased


class Moved(Exception):
    """What was asked is not possible any more: a code of the doors' table."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LeaseLost(Moved):
    """The lease under which a physician acted has ended; what they wrote was kept."""

    def __init__(self, question_id: UUID) -> None:
        super().__init__("LEASE_LOST")
        self.question_id = question_id


CODES: dict[type[Exception], str] = {
    care.AlreadyAsked: "ALREADY_ASKED",
    care.AlreadyClaimed: "ALREADY_CLAIMED",
    care.AlreadyDecided: "ALREADY_DECIDED",
    care.AlreadyEnrolled: "ALREADY_ENROLLED",
    care.BirthDateStands: "BIRTH_DATE_STANDS",
    care.IdentityMismatch: "IDENTITY_MISMATCH",
    care.IdentityTaken: "IDENTITY_TAKEN",
    care.NotAMinor: "NOT_A_MINOR",
    care.NotTheirPatient: "NOT_THEIR_PATIENT",
    care.NotToHandOver: "NOT_TO_HAND_OVER",
    care.CareerWrongState: "CAREER_WRONG_STATE",
    care.DateInFuture: "DATE_IN_FUTURE",
    care.DatesOutOfOrder: "DATES_OUT_OF_ORDER",
    care.AttestorUnfit: "ATTESTOR_UNFIT",
    care.HandoverUnfit: "HANDOVER_UNFIT",
    ErasureUnderWay: "ERASURE_UNDER_WAY",
    LinkEnded: "LINK_ENDED",
    KeyErased: "ERASED",
    RppsUnlisted: "RPPS_UNLISTED",
    NothingToCancel: "NOTHING_TO_CANCEL",
    care.SharingRefused: "SHARING_REFUSED",
    care.MessageConflict: "MESSAGE_CONFLICT",
    care.NamedOther: "NAMED_OTHER",
    care.NotClaimed: "NOT_CLAIMED",
    care.NotTheAttestor: "NOT_THE_ATTESTOR",
    care.ProfileMoved: "PROFILE_MOVED",
    care.StaleView: "STALE_VIEW",
    care.ReaderRefuses: "READER_REFUSES",
    care.ThreadClosed: "THREAD_CLOSED",
    care.TreatmentUntold: "TREATMENT_UNTOLD",
    care.TurnOutsideHours: "TURN_OUTSIDE_HOURS",
    care.TurnOver: "TURN_OVER",
    care.WrongState: "WRONG_STATE",
    ActNotInCatalogue: "ACT_NOT_IN_CATALOGUE",
    CapNotSet: "CAP_NOT_SET",
    CapUnfit: "CAP_UNFIT",
    MeterNotRunning: "METER_NOT_RUNNING",
    ReceivedTooSoon: "RECEIVED_TOO_SOON",
    NotDue: "NOT_DUE",
    NotJudgeable: "NOT_JUDGEABLE",
    LegNotPayable: "LEG_NOT_PAYABLE",
    PaymentUnavailable: "PAYMENT_UNAVAILABLE",
    RenewalNotDue: "RENEWAL_NOT_DUE",
    NoConnectedAccount: "NO_CONNECTED_ACCOUNT",
    QuoteAlreadyAccepted: "QUOTE_ALREADY_ACCEPTED",
    QuoteExpired: "QUOTE_EXPIRED",
}
MOVED: tuple[type[Exception], ...] = (Moved, *CODES)


def code_of(*, moved: Exception) -> str:
    """The stable code of an exception in MOVED, or of a kind of one."""
    if isinstance(moved, Moved):
        return moved.code
    return next(CODES[kind] for kind in type(moved).__mro__ if kind in CODES)
