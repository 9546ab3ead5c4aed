"""Many at once: each in a thread with a connection of its own, let go at the same instant."""

import threading
from collections.abc import Callable, Iterable

from django.db import connections

SECONDS = 120


def together(acts: Iterable[Callable[[], object]]) -> None:
    """Do all of these at once; what went wrong in any of them is wrong."""
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

    threads = [threading.Thread(target=once, args=(act,)) for act in every]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    if wrong:
        raise BaseExceptionGroup("not all of them went well", wrong)
