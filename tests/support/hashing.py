"""Others who hash passwords at the same time."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from authwell.identity.passwords.hashing import Passwords, TooBusy


@contextmanager
def all_places_taken(passwords: Passwords) -> Iterator[None]:
    """As many others as may hash or wait."""
    with ExitStack() as others:
        for _ in range(passwords.room):
            others.enter_context(hashing_elsewhere(passwords))
        yield


@contextmanager
def hashing_elsewhere(passwords: Passwords) -> Iterator[None]:
    """Another thread that hashes, or waits for that."""
    go_on = threading.Event()
    before = passwords.room

    def work() -> None:
        with suppress(TooBusy), passwords.place():
            go_on.wait()

    thread = threading.Thread(target=work)
    thread.start()
    while passwords.room == before:
        threading.Event().wait(0.001)
    try:
        yield
    finally:
        go_on.set()
        thread.join()
