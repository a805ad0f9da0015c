"""A thread of a served process that works until the process ends, also after a fork."""

import os
import threading
import weakref
from collections.abc import Callable
from multiprocessing.util import Finalize

SECONDS_TO_END = 5.0


class Background:
    """One thread, started when it is first needed."""

    def __init__(
        self,
        name: str,
        work: Callable[[threading.Event], None],
        *,
        wake: Callable[[], None] = lambda: None,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the work; nothing runs before `start`.

        Args:
            name: of the thread.
            work: runs until the event that it is given is set.
            wake: lets it see that.
            at_end: what follows when the thread has ended.
        """
        self._name = name
        self._work = work
        self._wake = wake
        self._at_end = at_end
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        _begin_anew_after_fork(self)

    def start(self) -> None:
        """Start the thread if this process has none; costs nothing when it has."""
        if self._thread is not None:
            return
        with self._lock:
            if not self._ended.is_set() and not self._is_running():
                self._thread = threading.Thread(
                    target=self._work, args=(self._ended,), name=self._name, daemon=True
                )
                self._thread.start()
                # Runs at the end of a process, also of one that multiprocessing made.
                Finalize(None, self.stop, exitpriority=10)

    def stop(self) -> None:
        """Let the thread end what it is doing."""
        self._ended.set()
        self._wake()
        if self._thread is not None:
            self._thread.join(timeout=SECONDS_TO_END)
            self._thread = None
            self._at_end()

    def begin_anew(self) -> None:
        """In a child after a fork: threads and locks of the parent are not ours."""
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = None

    def _is_running(self) -> bool:
        return self._thread is not None


def _begin_anew_after_fork(background: Background) -> None:
    reference = weakref.ref(background)

    def begin_anew() -> None:
        survivor = reference()
        if survivor is not None:
            survivor.begin_anew()

    os.register_at_fork(after_in_child=begin_anew)
