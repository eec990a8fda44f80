"""A check in a process of its own: a policy comes in, the record of its report goes out.

What a check takes, seconds to a minute of one processor, would stand in the way of whoever else
uses this one.  The child asks for the lowest priority that the system has.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from gongji.check.record import report_record
from gongji.check.report import report_of
from gongji.policy.cache import code_stamp, digest_of, keep, kept
from gongji.policy.model import Policy

__all__ = ["kept_check", "start_check", "take_check"]

_LOWEST = 19


def kept_check(policy: Policy) -> dict[str, Any] | None:
    """The record of an earlier check of the same policy by the same program, None without one."""
    found = kept(_digest(policy))
    return found if isinstance(found, dict) else None


def start_check(policy: Policy) -> subprocess.Popen[bytes]:
    """A check begun; `take_check` waits for its end."""
    child = subprocess.Popen(  # noqa: S603 - this Python and this module, nothing from outside
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    with suppress(OSError):  # a child that is gone is noticed at its end
        child.stdin.write(pickle.dumps(policy, protocol=5))
        child.stdin.close()
    return child


def take_check(policy: Policy, child: subprocess.Popen[bytes]) -> dict[str, Any] | None:
    """The record of a check at its end, kept for the next who asks; None where it failed."""
    assert child.stdout is not None
    written = child.stdout.read()
    if child.wait() != 0:
        return None
    found: dict[str, Any] = json.loads(written)
    keep(_digest(policy), found)
    return found


def _digest(policy: Policy) -> str:
    """What the findings depend on: the policy, and the code that settles and checks."""
    check = Path(__file__).parent
    code = code_stamp(check, check.parent / "engine", check.parent / "policy")
    return digest_of((b"findings", policy.digest.encode(), code))


def _main() -> None:
    with suppress(AttributeError, OSError):  # where there are no priorities
        os.nice(_LOWEST)
    policy = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    json.dump(report_record(report_of(policy)), sys.stdout)


if __name__ == "__main__":
    _main()
