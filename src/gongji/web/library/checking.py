"""The findings of the checker, for pages that cannot wait: one check at a time, apart, kept.

Who asks first starts the check and is told that it runs.  Of several that wait the one asked for
last comes first: somebody is looking at it now.
"""

from __future__ import annotations

import atexit
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from threading import Condition, Thread
from typing import Any, NamedTuple

from gongji.check.apart import kept_check, start_check, take_check
from gongji.policy.model import Policy

__all__ = ["Checked", "Checks"]


class Checked(NamedTuple):
    """How far a check is: `done` with its record, `running`, `failed`, or not `asked` for yet."""

    state: str
    record: Mapping[str, Any] | None = None


class Checks:
    """The checks of a site."""

    def __init__(self) -> None:
        self._over: dict[str, Checked] = {}
        self._waiting: dict[str, Policy] = {}
        self._running = ""
        self._turn = Condition()
        self._worker: Thread | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def known(self, policy: Policy) -> Checked:
        """What is known by now, without starting anything."""
        with self._turn:
            found = self._over.get(policy.digest)
            if found is None and (record := kept_check(policy)) is not None:
                found = self._over[policy.digest] = Checked("done", record)
            if found is not None:
                return found
            asked = policy.digest in self._waiting or policy.digest == self._running
            return Checked("running" if asked else "not asked")

    def of(self, policy: Policy) -> Checked:
        """What is known by now; a policy not yet checked gets in line, at its head."""
        found = self.known(policy)
        if found.state in ("done", "failed"):
            return found
        with self._turn:
            if policy.digest != self._running:
                self._waiting.pop(policy.digest, None)
                self._waiting[policy.digest] = policy
                self._turn.notify()
            if self._worker is None:
                self._worker = Thread(target=self._work, name="checks", daemon=True)
                self._worker.start()
                atexit.register(self._stop)
        return Checked("running")

    def _work(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._waiting)
                self._running, policy = self._waiting.popitem()
            record = None
            with suppress(OSError, ValueError):  # no process to be had, or no record out of it
                self._child = start_check(policy)
                record = take_check(policy, self._child)
            with self._turn:
                self._over[policy.digest] = Checked("done" if record else "failed", record)
                self._running = ""

    def _stop(self) -> None:
        """End the check that runs: its answer has nobody to read it."""
        child = self._child
        if child is not None and child.poll() is None:
            child.terminate()
