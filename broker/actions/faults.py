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
    """What was asked is not possible any more: a code of `broker.protocol.ERRORS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LeaseLost(Moved):
    """The lease under which a physician acted has ended; what they wrote was kept."""

    def __init__(self, question_id: UUID) -> None:
        super().__init__("LEASE_LOST")
        self.question_id = question_id


MOVED: tuple[type[Exception], ...] = (
    Moved,
    care.AlreadyAsked,
    care.AlreadyClaimed,
    care.AlreadyDecided,
    care.AlreadyEnrolled,
    care.BirthDateStands,
    care.IdentityMismatch,
    care.IdentityTaken,
    care.NotAMinor,
    care.NotTheirPatient,
    care.NotToHandOver,
    care.CareerWrongState,
    care.DateInFuture,
    care.DatesOutOfOrder,
    care.AttestorUnfit,
    care.HandoverUnfit,
    ErasureUnderWay,
    LinkEnded,
    KeyErased,
    RppsUnlisted,
    NothingToCancel,
    care.SharingRefused,
    care.MessageConflict,
    care.NamedOther,
    care.NotClaimed,
    care.NotTheAttestor,
    care.ProfileMoved,
    care.StaleView,
    care.ReaderRefuses,
    care.ThreadClosed,
    care.TreatmentUntold,
    care.TurnOutsideHours,
    care.TurnOver,
    care.WrongState,
    ActNotInCatalogue,
    CapNotSet,
    CapUnfit,
    MeterNotRunning,
    ReceivedTooSoon,
    NotDue,
    NotJudgeable,
    LegNotPayable,
    PaymentUnavailable,
    RenewalNotDue,
    NoConnectedAccount,
    QuoteAlreadyAccepted,
    QuoteExpired,
)


def code_of(*, moved: Exception) -> str:
    """The stable code of an exception in MOVED, which each of them carries."""
    code: str = moved.code  # type: ignore[attr-defined]
    return code
