"""The two-leg machine as a small abstract model whose every interleaving can be walked.

It mirrors `billing.actions` step by step and uses the product's own `projected`, `after_refunds`
and tables of states. A lost answer, a lost or doubled webhook, and a crash are no actions of their
own: since local state changes only by projecting a fetch, each is an interleaving in which a step
is taken late, twice, or by another worker. `picture` is a fetch whose projection comes late,
perhaps more than once. What a world may see is named by `may`, so that each new way of the money
is walked beside all the old ones. `Bugs` are the mistakes that the walk must be able to find.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace

from billing.states import (
    BEFORE_HOLD,
    ENDED,
    RELEASABLE,
    TAKEN,
    LegState,
    after_refunds,
    projected,
)
from billing.states.seen import Seen

S = LegState
STANDING = ("open", "held")
WAITING = ("asked", "open")
# Ways of the money that a world may have beside the plain one.
WAYS = ("off", "meter", "renew own", "renew fee", "elsewhere own", "elsewhere fee", "refund")
NO_FEE = "no fee"  # a world of one payment, to see its own ways without the other's


class Wrong(Exception):
    """A state that must not be reachable."""


@dataclass(frozen=True)
class Bugs:
    """Mistakes seeded one at a time; all false is the product as it is."""

    capture_without_pass: bool = False
    fee_does_not_wait: bool = False
    projection_goes_back: bool = False
    lost_honoraires_keep_the_fee: bool = False
    release_forgets_an_opening: bool = False
    release_takes_back_a_capture: bool = False
    new_key_without_a_fetch: bool = False
    answer_is_believed: bool = False
    late_fee_stays: bool = False
    capture_takes_the_whole_hold: bool = False
    book_counts_the_whole_hold: bool = False
    lost_fee_is_the_whole_hold: bool = False
    empty_meter_is_captured: bool = False
    renewal_beside_a_capture: bool = False
    renewal_of_an_ended_hold: bool = False
    hold_before_is_kept: bool = False
    picture_of_the_hold_before: bool = False
    late_page_is_forgotten: bool = False
    taken_elsewhere_is_kept: bool = False
    taken_elsewhere_is_a_capture: bool = False
    more_than_the_meter_is_kept: bool = False
    refund_under_a_new_key: bool = False
    refund_beside_a_refund: bool = False


@dataclass(frozen=True)
class Hold:
    """One PaymentIntent with its page, as it is at Stripe."""

    number: int = 1  # the second one is a renewal's
    status: str = ""  # "", open, held, taken, canceled, lapsed
    units: int = 0  # what was taken
    by_holder: bool = False  # by the account's holder, not by us
    back: int = 0  # what was given back

    @property
    def standing(self) -> bool:
        """A card can still be typed, or money is held."""
        return self.status in STANDING


@dataclass(frozen=True)
class Leg:
    """One payment: what we believe, what is true at Stripe, and what is asked."""

    cap: int = 1
    state: LegState = S.DRAFT
    hold: Hold = field(default_factory=Hold)  # the one that counts
    known: bool = False  # we know its page
    ops: frozenset[str] = frozenset()
    memo: int = 0
    owed: int = 0
    balance: int = 0
    pages: int = 0
    elsewhere: bool = False
    given: int = 0  # given back, as we know
    tried: bool = False  # the refund's key was used
    renewal: str = ""  # asked, open, counted, dropped
    other: Hold = field(default_factory=lambda: Hold(2))  # the one that does not count
    other_known: bool = False

    def ordering(self, op: str) -> "Leg":
        """With one more live operation; two live ends cannot be written."""
        ends = self.ops & {"capture", "cancel"}
        if op in ("capture", "cancel") and ends:
            raise Wrong(f"{op} beside a live {min(ends)}")
        if op == "refund" and op in self.ops:
            raise Wrong("refund beside a live refund")
        return replace(self, ops=self.ops | {op})

    def without(self, op: str) -> "Leg":
        """With this operation settled."""
        return replace(self, ops=self.ops - {op})

    @property
    def ending(self) -> bool:
        """A capture or a cancel is under way."""
        return bool(self.ops & {"capture", "cancel"})

    @property
    def stands(self) -> bool:
        """Held, and nothing gives it back or takes it."""
        return self.state is S.AUTHORISED and not self.ending


Picture = tuple[str, Hold]


@dataclass(frozen=True)
class World:
    """Both payments, the gate's word, the meter, and a picture that somebody still holds."""

    may: frozenset[str] = frozenset()
    own: Leg = field(default_factory=Leg)
    fee: Leg = field(default_factory=Leg)
    gate: str = ""  # "", pass, fail
    read: int = 1  # what the meter read at the gate; a flat fee is one
    picture: Picture | None = None

    @classmethod
    def begun(cls, *ways: str) -> "World":
        """A world in which these ways are open."""
        state = S.VOIDED if NO_FEE in ways else S.DRAFT
        return cls(frozenset(ways), fee=Leg(cap=2 if "meter" in ways else 1, state=state))

    @property
    def off(self) -> bool:
        """Honoraires settled at the practice."""
        return "off" in self.may

    def legs(self) -> tuple[tuple[str, Leg], ...]:
        """The two payments by name."""
        return ("own", self.own), ("fee", self.fee)

    def leg(self, which: str) -> Leg:
        """One of the two."""
        return self.own if which == "own" else self.fee

    def of(self, which: str, leg: Leg) -> "World":
        """With this payment instead."""
        return replace(self, own=leg) if which == "own" else replace(self, fee=leg)


def seen(hold: Hold) -> Seen:
    """What a fetch shows of a hold."""
    intent, units = f"pi-{hold.number}", hold.units
    return {
        "": Seen(),
        "open": Seen(session_status="open"),
        "held": Seen(session_status="complete", intent=intent, intent_status="requires_capture"),
        "taken": Seen(
            intent=intent, intent_status="succeeded", transaction="txn", received_cents=units
        ),
        "canceled": Seen(session_status="expired", intent=intent, intent_status="canceled"),
        "lapsed": Seen(intent=intent, intent_status="canceled", cancellation_reason="expired"),
    }[hold.status]


class Model:
    """Every step that anybody may take next, with or without one seeded mistake."""

    def __init__(self, bugs: Bugs) -> None:
        self.bugs = bugs

    # --- what the product does
    def project(self, world: World, which: str, hold: Hold) -> World:
        """Write what a fetch showed, as `billing.actions.projecting.project` does."""
        leg = world.leg(which)
        if hold.number != leg.hold.number and not self.bugs.picture_of_the_hold_before:
            return world  # a picture of a hold that does not count, or does no more
        if leg.state in TAKEN:
            return world.of(which, self._refunded(leg, hold))
        shown = seen(hold)
        too_much = hold.units > self.owing(world, which)
        after = projected(leg.state, shown, unwanted="cancel" in leg.ops or too_much)
        if self.bugs.projection_goes_back:
            after = projected(S.DRAFT if hold.status != "taken" else S.CAPTURING, shown)
        if self.bugs.taken_elsewhere_is_a_capture and hold.by_holder:
            after = S.CAPTURED
        if after is S.AUTHORISED and hold.status == "taken" and not leg.elsewhere:
            return world.of(which, replace(leg, elsewhere=True))
        if after is leg.state:
            return world
        leg = self._posted(world, which, leg.state, after, hold.units)
        if after in ENDED:
            leg = replace(leg, ops=leg.ops & {"renew", "drop"})
        leg = replace(leg, state=after)
        if after is S.TAKEN_ELSEWHERE and not self.bugs.taken_elsewhere_is_kept:
            leg = leg.ordering("refund")
        world = world.of(which, leg)
        return self._fee_follows(world, after) if which == "own" else world

    def owing(self, world: World, which: str) -> int:
        """What may be taken of a hold: all of it, or what its meter read at a pass."""
        if which == "own" or "meter" not in world.may or self.bugs.more_than_the_meter_is_kept:
            return world.leg(which).cap
        return world.read if world.gate == "pass" else 0

    def _posted(
        self, world: World, which: str, before: LegState, after: LegState, units: int
    ) -> Leg:
        leg = world.leg(which)
        if after is S.AUTHORISED:
            return replace(leg, memo=leg.memo + 1)
        if after is S.CAPTURED:
            units = leg.cap if self.bugs.book_counts_the_whole_hold else units
            return replace(leg, owed=leg.owed - units, balance=leg.balance + units)
        if after in (S.VOIDED, S.EXPIRED, S.TAKEN_ELSEWHERE, S.CAPTURE_LOST):
            if leg.owed:  # the physician stays owed; the platform gives it up
                whole = self.bugs.lost_fee_is_the_whole_hold
                lost = (leg.cap if whole else leg.owed) if which == "fee" else 0
                leg = replace(leg, owed=leg.owed - lost)
            elif before is S.AUTHORISED:
                leg = replace(leg, memo=leg.memo - 1)
        if after is S.TAKEN_ELSEWHERE:
            return replace(leg, balance=leg.balance + units, elsewhere=True)
        return leg

    def _refunded(self, leg: Leg, hold: Hold) -> Leg:
        """As `billing.actions.refunding.project_refunds` does."""
        if hold.back <= leg.given:
            return leg
        more = hold.back - leg.given
        after = after_refunds(captured_cents=hold.units, refunded_cents=hold.back)
        leg = replace(leg, given=hold.back, balance=leg.balance - more, state=after)
        return leg.without("refund")

    def _fee_follows(self, world: World, after: LegState) -> World:
        if world.gate != "pass":
            return world
        fee = world.fee
        earned = (fee.owed and not fee.ending) or self.bugs.late_fee_stays
        if after is S.CAPTURED and fee.state is S.AUTHORISED and earned:
            return world.of("fee", self._captures(fee))
        lost = after is S.CAPTURE_LOST and not self.bugs.lost_honoraires_keep_the_fee
        return self.release(world, ("fee",)) if lost else world

    def _captures(self, leg: Leg) -> Leg:
        return replace(leg.ordering("capture"), state=S.CAPTURING)

    def release(self, world: World, which: tuple[str, ...] = ("own", "fee")) -> World:
        """Give back what stands, as `billing.actions.releasing.release_legs` does."""
        takes_back = {S.CAPTURING} if self.bugs.release_takes_back_a_capture else set()
        ending = {"cancel"} if takes_back else {"cancel", "capture"}
        for name, leg in world.legs():
            if name not in which or leg.state not in RELEASABLE | takes_back:
                continue
            if leg.ops & ending:
                continue
            opening = "open" in leg.ops and not self.bugs.release_forgets_an_opening
            if leg.known or opening:
                world = world.of(name, leg.ordering("cancel"))
            else:
                ended = replace(leg, state=S.VOIDED)
                world = world.of(name, ended)
        return world

    def judge(self, world: World, word: str, read: int = 1) -> World:
        """The gate, as `billing.actions.gate.charge` does."""
        world = replace(world, gate=word, read=read)
        if word == "fail" and not self.bugs.capture_without_pass:
            return self.release(world)
        own, fee = world.own, world.fee
        held = own.stands
        if not held and not (world.off and own.state is S.DRAFT):
            return self.release(world)
        memo = 0 if world.off else 1
        own = replace(own, owed=own.owed + 1, memo=own.memo - memo)
        world = replace(world, own=replace(own, state=S.DUE) if world.off else self._captures(own))
        nothing = not read and not self.bugs.empty_meter_is_captured
        if not fee.stands or nothing:
            return world if self.bugs.late_fee_stays else self.release(world, ("fee",))
        world = world.of("fee", replace(fee, owed=fee.owed + read, memo=fee.memo - 1))
        if world.off or self.bugs.fee_does_not_wait:
            world = world.of("fee", self._captures(world.fee))
        return world

    def refund(self, world: World, which: str) -> World:
        """Order what is left of a payment given back, once."""
        leg = world.leg(which)
        if "refund" in leg.ops and not self.bugs.refund_beside_a_refund:
            return world
        return world.of(which, leg.ordering("refund"))

    # --- a hold that is placed again, as `billing.actions.renewing` does
    def wanted(self, leg: Leg) -> bool:
        """The hold before stands alone, so another one may take its place."""
        if self.bugs.renewal_of_an_ended_hold and leg.state in ENDED:
            return True
        beside = self.bugs.renewal_beside_a_capture and leg.state is S.CAPTURING
        return (leg.stands and not leg.elsewhere) or beside

    def project_other(self, world: World, which: str, hold: Hold) -> World:
        """What a fetch of the renewal's page showed: it counts now, or is not wanted."""
        leg = world.leg(which)
        if leg.renewal != "open" or hold.number != leg.other.number:
            return world
        if hold.status == "held" and self.wanted(leg):
            swapped = replace(leg, hold=leg.other, other=leg.hold, renewal="counted")
            kept = self.bugs.hold_before_is_kept
            return world.of(which, swapped if kept else swapped.ordering("drop"))
        gone = hold.status in ("canceled", "lapsed", "held", "taken")
        return world.of(which, self._unwanted(leg)) if gone or not self.wanted(leg) else world

    def _unwanted(self, leg: Leg) -> Leg:
        leg = replace(leg, renewal="dropped")
        return leg.ordering("drop") if leg.other_known else leg

    def opened_again(self, leg: Leg) -> Leg:
        """The renewal's page is known; when it is not wanted any more, it is closed."""
        if not leg.other.status or leg.other_known or "renew" not in leg.ops:
            return leg
        leg = replace(leg, other_known=True).without("renew")
        if leg.renewal == "asked":
            return replace(leg, renewal="open")
        return leg if self.bugs.late_page_is_forgotten else leg.ordering("drop")

    # --- what Stripe does when it is called; nobody here knows it yet
    def called(self, which: str, op: str, world: World) -> World:
        """An operation arrives."""
        leg, hold = world.leg(which), world.leg(which).hold
        if op == "capture" and self.bugs.answer_is_believed:
            leg = replace(self._posted(world, which, leg.state, S.CAPTURED, 1), state=S.CAPTURED)
        if op == "capture" and hold.status == "held":
            asked = 1 if which == "own" else world.read
            units = leg.cap if self.bugs.capture_takes_the_whole_hold else asked
            leg = replace(leg, hold=replace(hold, status="taken", units=units))
        elif op == "open" and (not hold.status or self.bugs.new_key_without_a_fetch):
            opened = replace(hold, status=hold.status or "open")
            leg = replace(leg, hold=opened, pages=min(leg.pages + 1, 2))
        elif op == "cancel" and leg.known and hold.standing:
            leg = replace(leg, hold=replace(hold, status="canceled"))
        elif op == "refund" and hold.status == "taken":
            again = self.bugs.refund_under_a_new_key
            if not leg.tried or again:
                back = hold.units if not again else min(hold.back + hold.units, 2 * hold.units)
                leg = replace(leg, hold=replace(hold, back=back), tried=True)
        elif op == "renew" and not leg.other.status:
            leg = replace(leg, other=replace(leg.other, status="open"))
        elif op == "drop":
            leg = replace(leg, other=_closed(leg.other))
        return world.of(which, leg)

    def settled_opening(self, which: str, world: World) -> World:
        """The page's answer arrives, or the same key finds it again."""
        leg = world.leg(which)
        if leg.hold.status and not leg.known and leg.state is S.DRAFT and "open" in leg.ops:
            leg = replace(leg, known=True, state=S.AUTHORISING, ops=leg.ops - {"open"})
        return world.of(which, leg)

    # --- who may do what next
    def people(self, world: World) -> Iterator[tuple[str, World]]:
        """Steps that people and webhooks take, or not."""
        yield "release", self.release(world)
        if world.picture:
            yield "project late", self._projected(world, *world.picture)
        for which, leg in world.legs():
            if leg.known:
                yield f"fetch {which}", replace(world, picture=(which, leg.hold))
            if which == "own" and world.off:
                continue
            if leg.state in BEFORE_HOLD and not leg.known and not leg.ops:
                yield f"take open {which}", world.of(which, leg.ordering("open"))
            if leg.hold.status == "open":
                held = replace(leg, hold=replace(leg.hold, status="held"))
                yield f"card {which}", world.of(which, held)
            yield from self._again(world, which, leg)
            yield from self._others(world, which, leg)
        if not world.gate:
            for read in (0, 1, 2) if "meter" in world.may else (1,):
                yield f"pass at {read}", self.judge(world, "pass", read)
            yield "fail", self.judge(world, "fail")

    def _projected(self, world: World, which: str, hold: Hold) -> World:
        """A picture is of the hold that counts, or of the other one."""
        if hold.number == world.leg(which).hold.number:
            return self.project(world, which, hold)
        if self.bugs.picture_of_the_hold_before and world.leg(which).renewal == "counted":
            return self.project(world, which, hold)
        return self.project_other(world, which, hold)

    def _again(self, world: World, which: str, leg: Leg) -> Iterator[tuple[str, World]]:
        if f"renew {which}" not in world.may:
            return
        if self.wanted(leg) and not leg.renewal:
            yield f"ask again {which}", world.of(which, replace(leg, renewal="asked"))
        if leg.renewal == "asked" and self.wanted(leg) and "renew" not in leg.ops:
            yield f"take renew {which}", world.of(which, leg.ordering("renew"))
        if leg.other_known:
            yield f"fetch other {which}", replace(world, picture=(which, leg.other))
        if leg.other.status == "open":
            held = replace(leg, other=replace(leg.other, status="held"))
            yield f"card again {which}", world.of(which, held)

    def _others(self, world: World, which: str, leg: Leg) -> Iterator[tuple[str, World]]:
        """What the account's holder does on Stripe's own pages, and a complaint."""
        if f"elsewhere {which}" in world.may and leg.hold.status == "held":
            took = replace(leg.hold, status="taken", units=leg.cap, by_holder=True)
            yield f"taken elsewhere {which}", world.of(which, replace(leg, hold=took))
            gone = replace(leg.hold, status="canceled")
            yield f"cancelled elsewhere {which}", world.of(which, replace(leg, hold=gone))
        if "refund" in world.may and leg.state is S.CAPTURED and not leg.given:
            yield f"refund {which}", self.refund(world, which)

    def progress(self, world: World) -> Iterator[tuple[str, World]]:
        """Steps that come in the end: the worker's, time's, the deadline's, the practice's."""
        for which, leg in world.legs():
            for op in sorted(leg.ops):
                yield f"call {op} {which}", self.called(which, op, world)
            yield f"settle opening {which}", self.settled_opening(which, world)
            if leg.known:
                yield f"look {which}", self.project(world, which, leg.hold)
            yield from self._time(world, which, leg)
            if leg.renewal:
                yield from self._renewing(world, which, leg)
            if leg.state is S.DUE:
                done = replace(leg, state=S.ACQUITTED, owed=leg.owed - 1)
                yield "acquit", world.of(which, done)
        if not world.gate:  # the deadline
            yield "release", self.release(world)

    def _time(self, world: World, which: str, leg: Leg) -> Iterator[tuple[str, World]]:
        for slot, hold in (("hold", leg.hold), ("other", leg.other)):
            ends = {"open": "canceled", "held": "lapsed"}.get(hold.status)
            if ends:
                after = replace(leg, **{slot: replace(hold, status=ends)})
                yield f"{slot} lapses {which}", world.of(which, after)

    def _renewing(self, world: World, which: str, leg: Leg) -> Iterator[tuple[str, World]]:
        yield f"settle renew {which}", world.of(which, self.opened_again(leg))
        if leg.other_known and leg.renewal == "open":
            yield f"look other {which}", self.project_other(world, which, leg.other)
        if leg.renewal in WAITING and not self.wanted(leg):
            yield f"end renewal {which}", world.of(which, self._unwanted(leg))
        if "drop" in leg.ops and _over(leg.other):
            yield f"settle drop {which}", world.of(which, leg.without("drop"))


def _closed(hold: Hold) -> Hold:
    """What a drop leaves of a hold that does not count."""
    if hold.standing:
        return replace(hold, status="canceled")
    return replace(hold, back=hold.units) if hold.status == "taken" else hold


def _over(hold: Hold) -> bool:
    return hold.status in ("canceled", "lapsed") or (
        hold.status == "taken" and hold.back == hold.units
    )


SEEDED = tuple(one.name for one in fields(Bugs))
