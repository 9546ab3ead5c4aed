"""Many at once: each in a thread with a connection of its own, let go at the same instant."""

import threading
import time
from collections.abc import Callable, Iterable

from django.db import connections

SECONDS = 120


def together(acts: Iterable[Callable[[], object]], *, within: float = SECONDS) -> None:
    """Do all of these at once; what went wrong in any of them, or has not ended, is wrong."""
    every = list(acts)
    wrong: list[BaseException] = []
    gate = threading.Barrier(len(every))

    def once(act: Callable[[], object]) -> None:
        try:
            gate.wait(SECONDS)
            act()
        except BaseException as failed:
            wrong.append(failed)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=once, args=(act,), daemon=True) for act in every]
    for thread in threads:
        thread.start()
    end = time.monotonic() + within
    for thread in threads:
        thread.join(max(0, end - time.monotonic()))
    wrong += [TimeoutError(f"{one.name} has not ended") for one in threads if one.is_alive()]
    if wrong:
        raise BaseExceptionGroup("not all of them went well", wrong)
