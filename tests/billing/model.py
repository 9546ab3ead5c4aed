"""The two-leg machine as a small abstract model whose every interleaving can be walked.

It mirrors `billing.actions` step by step and uses the product's own `projected` and tables of
states. A lost answer, a lost or doubled webhook, and a crash are no actions of their own: since
local state changes only by projecting a fetch, each is an interleaving in which a step is taken
late, twice, or by another worker. `picture` is a fetch whose projection comes late, perhaps more
than once. `Bugs` are the mistakes that the walk must be able to find.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from billing.states import BEFORE_HOLD, ENDED, RELEASABLE, LegState, projected
from billing.states.seen import Seen

S = LegState
HELD_BY_STRIPE = ("open", "held")


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


@dataclass(frozen=True)
class Leg:
    """One payment: what we believe, what is true at Stripe, and what is asked."""

    state: LegState = S.DRAFT
    stripe: str = ""  # "", open, held, taken, canceled, lapsed
    known: bool = False  # we know its page
    ops: frozenset[str] = frozenset()
    memo: int = 0
    owed: int = 0
    balance: int = 0
    pages: int = 0

    def ordering(self, op: str) -> "Leg":
        """With one more live operation; two live ends cannot be written."""
        ends = self.ops & {"capture", "cancel"}
        if op in ("capture", "cancel") and ends:
            raise Wrong(f"{op} beside a live {min(ends)}")
        return replace(self, ops=self.ops | {op})


@dataclass(frozen=True)
class World:
    """Both payments, the gate's word, and a picture that somebody still holds."""

    own: Leg = field(default_factory=Leg)
    fee: Leg = field(default_factory=Leg)
    off: bool = False  # honoraires settled at the practice
    gate: str = ""  # "", pass, fail
    picture: tuple[str, str] | None = None

    def legs(self) -> tuple[tuple[str, Leg], ...]:
        """The two payments by name."""
        return ("own", self.own), ("fee", self.fee)

    def of(self, which: str, leg: Leg) -> "World":
        """With this payment instead."""
        return replace(self, own=leg) if which == "own" else replace(self, fee=leg)


SEEN = {
    "open": Seen(session_status="open"),
    "held": Seen(session_status="complete", intent="pi", intent_status="requires_capture"),
    "taken": Seen(intent="pi", intent_status="succeeded", transaction="txn"),
    "canceled": Seen(session_status="expired", intent="pi", intent_status="canceled"),
    "lapsed": Seen(intent="pi", intent_status="canceled", cancellation_reason="expired"),
}


class Model:
    """Every step that anybody may take next, with or without one seeded mistake."""

    def __init__(self, bugs: Bugs) -> None:
        self.bugs = bugs

    # --- what the product does
    def project(self, world: World, which: str, stripe: str) -> World:
        """Write what a fetch showed, as `billing.actions.projecting.project` does."""
        leg = dict(world.legs())[which]
        after = projected(leg.state, SEEN[stripe])
        if self.bugs.projection_goes_back:
            after = projected(S.DRAFT if stripe != "taken" else S.CAPTURING, SEEN[stripe])
        if after is leg.state:
            return world
        leg = self._posted(leg, leg.state, after)
        if after in ENDED:
            leg = replace(leg, ops=frozenset())
        world = world.of(which, replace(leg, state=after))
        return self._fee_follows(world, after) if which == "own" else world

    def _posted(self, leg: Leg, before: LegState, after: LegState) -> Leg:
        if after is S.AUTHORISED:
            return replace(leg, memo=leg.memo + 1)
        if after is S.CAPTURED:
            return replace(leg, owed=leg.owed - 1, balance=leg.balance + 1)
        if after in (S.VOIDED, S.EXPIRED) and before is S.AUTHORISED:
            return replace(leg, owed=0) if leg.owed else replace(leg, memo=leg.memo - 1)
        return leg  # lost honoraires stay owed

    def _fee_follows(self, world: World, after: LegState) -> World:
        if world.gate != "pass":
            return world
        fee = world.fee
        earned = (fee.owed and not fee.ops) or self.bugs.late_fee_stays
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

    def judge(self, world: World, word: str) -> World:
        """The gate, as `billing.actions.gate.charge` does."""
        world = replace(world, gate=word)
        if word == "fail" and not self.bugs.capture_without_pass:
            return self.release(world)
        own, fee = world.own, world.fee
        held = own.state is S.AUTHORISED and "cancel" not in own.ops
        if not held and not (world.off and own.state is S.DRAFT):
            return self.release(world)
        memo = 0 if world.off else 1
        own = replace(own, owed=own.owed + 1, memo=own.memo - memo)
        world = replace(world, own=replace(own, state=S.DUE) if world.off else self._captures(own))
        if fee.state is not S.AUTHORISED or "cancel" in fee.ops:
            return world if self.bugs.late_fee_stays else self.release(world, ("fee",))
        world = world.of("fee", replace(fee, owed=fee.owed + 1, memo=fee.memo - 1))
        if world.off or self.bugs.fee_does_not_wait:
            world = world.of("fee", self._captures(world.fee))
        return world

    def called(self, which: str, op: str, world: World) -> World:
        """Stripe does what an operation asks; nobody here knows it yet."""
        leg = dict(world.legs())[which]
        if op == "capture" and self.bugs.answer_is_believed:
            leg = replace(self._posted(leg, leg.state, S.CAPTURED), state=S.CAPTURED)
        if op == "capture" and leg.stripe == "held":
            leg = replace(leg, stripe="taken")
        elif op == "open" and (not leg.stripe or self.bugs.new_key_without_a_fetch):
            leg = replace(leg, stripe=leg.stripe or "open", pages=min(leg.pages + 1, 2))
        elif op == "cancel" and leg.known and leg.stripe in HELD_BY_STRIPE:
            leg = replace(leg, stripe="canceled")
        return world.of(which, leg)

    def settled_opening(self, which: str, world: World) -> World:
        """The page's answer arrives, or the same key finds it again."""
        leg = dict(world.legs())[which]
        if leg.stripe and not leg.known and leg.state is S.DRAFT and "open" in leg.ops:
            leg = replace(leg, known=True, state=S.AUTHORISING, ops=leg.ops - {"open"})
        return world.of(which, leg)

    # --- who may do what next
    def people(self, world: World) -> Iterator[tuple[str, World]]:
        """Steps that people and webhooks take, or not."""
        yield "release", self.release(world)
        if world.picture:
            yield "project late", self.project(world, *world.picture)
        for which, leg in world.legs():
            if leg.known:
                yield f"fetch {which}", replace(world, picture=(which, leg.stripe))
            if which == "own" and world.off:
                continue
            if leg.state in BEFORE_HOLD and not leg.known and not leg.ops:
                yield f"take open {which}", world.of(which, leg.ordering("open"))
            if leg.stripe == "open":
                yield f"card {which}", world.of(which, replace(leg, stripe="held"))
        if not world.gate:
            yield "pass", self.judge(world, "pass")
            yield "fail", self.judge(world, "fail")

    def progress(self, world: World) -> Iterator[tuple[str, World]]:
        """Steps that come in the end: the worker's, time's, the deadline's, the practice's."""
        for which, leg in world.legs():
            for op in sorted(leg.ops):
                yield f"call {op} {which}", self.called(which, op, world)
            yield f"settle opening {which}", self.settled_opening(which, world)
            if leg.known:
                yield f"look {which}", self.project(world, which, leg.stripe)
            if leg.stripe == "open":
                yield f"page lapses {which}", world.of(which, replace(leg, stripe="canceled"))
            if leg.stripe == "held":
                yield f"hold lapses {which}", world.of(which, replace(leg, stripe="lapsed"))
            if leg.state is S.DUE:
                done = replace(leg, state=S.ACQUITTED, owed=leg.owed - 1)
                yield "acquit", world.of(which, done)
        if not world.gate:  # the deadline
            yield "release", self.release(world)


def check(before: World, after: World) -> None:
    """What must be true of every step; raises `Wrong`."""
    for (_, was), (which, leg) in zip(before.legs(), after.legs(), strict=True):
        if was.state in ENDED and leg.state is not was.state:
            raise Wrong(f"{which} ended twice: {was.state}, {leg.state}")
        if leg.stripe == "taken" and after.gate != "pass":
            raise Wrong(f"{which} taken without a pass")
        if leg.state is S.CAPTURED and leg.stripe != "taken":
            raise Wrong(f"{which} believed captured")
        if leg.state in ENDED - {S.CAPTURED, S.ACQUITTED} and leg.stripe == "taken":
            raise Wrong(f"{which} taken and given up")
        if leg.state in ENDED and leg.stripe in HELD_BY_STRIPE:
            raise Wrong(f"{which} ended with money or a page at Stripe")
        if leg.pages > 1:
            raise Wrong(f"{which} has two pages")
        if not 0 <= leg.memo <= 1 or not 0 <= leg.owed <= 1 or not 0 <= leg.balance <= 1:
            raise Wrong(f"{which} posted twice")
        if leg.state in ENDED and leg.memo:
            raise Wrong(f"{which} ended with a memorandum")
    kept = after.fee.state is S.AUTHORISED and "cancel" not in after.fee.ops
    if kept and after.own.state is S.CAPTURE_LOST and before.own.state is S.CAPTURING:
        raise Wrong("a fee kept after its honoraires were lost")
    if after.fee.stripe == "taken" and after.own.stripe != "taken" and not after.off:
        raise Wrong("fee taken without its honoraires")


def finished(world: World) -> bool:
    """Both ended, nothing asked, nothing owed but lost honoraires."""
    return all(
        leg.state in ENDED and not leg.ops and (not leg.owed or leg.state is S.CAPTURE_LOST)
        for _, leg in world.legs()
    )


def walked(bugs: Bugs) -> int:
    """Walk every reachable state; how many there are. Raises `Wrong` with the way to it."""
    model, start = Model(bugs), (World(), World(off=True))
    came: dict[World, tuple[World | None, str]] = dict.fromkeys(start, (None, ""))
    back: dict[World, list[World]] = {}
    waiting = deque(start)
    while waiting:
        world = waiting.popleft()
        try:
            steps = [(*one, True) for one in model.progress(world)]
            steps += [(*one, False) for one in model.people(world)]
            for said, after, comes in steps:
                check(world, after)
                if comes and after != world:
                    back.setdefault(after, []).append(world)
                if after not in came:
                    came[after] = world, said
                    waiting.append(after)
        except Wrong as wrong:
            raise Wrong(f"{wrong}, after: {_way(came, world)}") from None
    _ends(came, back)
    return len(came)


def _ends(came: dict[World, tuple[World | None, str]], back: dict[World, list[World]]) -> None:
    """From everywhere the steps that come in the end lead to a finished world."""
    done = {world for world in came if finished(world)}
    waiting = deque(done)
    while waiting:
        for earlier in back.get(waiting.popleft(), []):
            if earlier not in done:
                done.add(earlier)
                waiting.append(earlier)
    for world in came:
        if world not in done:
            raise Wrong(f"never ends, after: {_way(came, world)}")


def _way(came: dict[World, tuple[World | None, str]], world: World) -> str:
    said: list[str] = []
    step: World | None = world
    while step is not None:
        step, word = came[step]
        said.append(word)
    return ", ".join(word for word in reversed(said) if word)
