"""Every reachable world of the money's model: what must be true of each step, and of the end."""

from collections import deque

from billing.states import ENDED, TAKEN, LegState
from tests.billing.model import Bugs, Leg, Model, World, Wrong

S = LegState


def check(before: World, after: World) -> None:
    """What must be true of every step; raises `Wrong`."""
    for (_, was), (which, leg) in zip(before.legs(), after.legs(), strict=True):
        if (
            was.state in ENDED
            and leg.state is not was.state
            and not {was.state, leg.state} <= TAKEN
        ):
            raise Wrong(f"{which} ended twice: {was.state}, {leg.state}")
        if wrong := _at_stripe(after, which, leg) or _in_books(leg) or _other(leg):
            raise Wrong(f"{which} {wrong}")
    kept = after.fee.stands and after.own.state is S.CAPTURE_LOST
    if kept and before.own.state is S.CAPTURING:
        raise Wrong("a fee kept after its honoraires were lost")
    fee, own = after.fee.hold, after.own.hold
    if fee.status == "taken" and not fee.by_holder and own.status != "taken" and not after.off:
        raise Wrong("fee taken without its honoraires")


def _at_stripe(world: World, which: str, leg: Leg) -> str:
    hold = leg.hold
    if hold.status == "taken" and not hold.by_holder:
        if world.gate != "pass":
            return "taken without a pass"
        if not hold.units:
            return "taken for nothing"
        if hold.units != (1 if which == "own" else world.read):
            return f"taken {hold.units} of {leg.cap} with {world.read} on the meter"
        if leg.other.status == "taken" and not leg.other.by_holder:
            return "taken twice"
    if leg.state in TAKEN - {S.TAKEN_ELSEWHERE} and hold.status != "taken":
        return "believed captured"
    if leg.state is S.CAPTURED and world.gate != "pass":
        return "captured without a pass"
    if leg.state in ENDED - TAKEN - {S.ACQUITTED} and hold.status == "taken":
        return "taken and given up"
    if leg.state in ENDED and hold.standing:
        return "ended with money or a page at Stripe"
    if hold.back > hold.units:
        return "given back twice"
    return "has two pages" if leg.pages > 1 else ""


def _in_books(leg: Leg) -> str:
    if not 0 <= leg.memo <= 1 or not 0 <= leg.owed <= leg.cap or not 0 <= leg.balance <= leg.cap:
        return "posted twice, or too much"
    if leg.state in ENDED and leg.memo:
        return "ended with a memorandum"
    if leg.state in TAKEN and leg.balance + leg.given != leg.hold.units:
        return "book and Stripe differ"
    if leg.state in ENDED - {S.CAPTURE_LOST} and leg.owed:
        return "ended and still owed"
    return ""


def _other(leg: Leg) -> str:
    """The hold that does not count is on its way out, or may still come to count."""
    closing = "drop" in leg.ops or "renew" in leg.ops
    if leg.other.standing and not closing and leg.renewal not in ("asked", "open"):
        return "keeps a hold that does not count"
    return ""


def finished(world: World) -> bool:
    """Both ended, nothing asked, nothing owed but lost honoraires, nothing left at Stripe."""
    return all(
        leg.state in ENDED
        and not leg.ops
        and (not leg.owed or leg.state is S.CAPTURE_LOST)
        and leg.renewal not in ("asked", "open")
        and not leg.other.standing
        and (leg.state is not S.TAKEN_ELSEWHERE)
        for _, leg in world.legs()
    )


def walked(bugs: Bugs, *ways: str) -> int:
    """Walk every reachable state; how many there are. Raises `Wrong` with the way to it."""
    model, start = Model(bugs), World.begun(*ways)
    came: dict[World, tuple[World | None, str]] = {start: (None, "")}
    back: dict[World, list[World]] = {}
    waiting = deque([start])
    while waiting:
        world = waiting.popleft()
        try:
            steps = [(*one, True) for one in model.progress(world)]
            steps += [(*one, False) for one in model.people(world)]
            for said, after, comes in steps:
                if after == world:
                    continue
                check(world, after)
                if comes:
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
