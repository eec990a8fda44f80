"""What was worked out of policies before, kept on disk by the hash of what it came from.

Reading and checking a policy takes longer than settling by it, and so does compiling it.  What is
kept is found again only for exactly the same bytes, read by exactly the same code; anything amiss
with a kept file (missing, cut short, not ours) means that the policy is read anew.  `GONGJI_CACHE`
names another folder; `off` keeps nothing.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

__all__ = ["code_stamp", "digest_of", "keep", "kept"]

_KEPT_SECONDS = 60 * 24 * 3600


def digest_of(sources: Iterable[bytes]) -> str:
    """The SHA-256 of some files, line endings apart, and of the code that reads them."""
    here = Path(__file__).parent
    digest = sha256(code_stamp(here, here / "checks"))
    for source in sources:
        text = source.replace(b"\r\n", b"\n")
        digest.update(len(text).to_bytes(8, "big"))
        digest.update(text)
    return digest.hexdigest()


def kept(digest: str) -> object | None:
    """What was kept under a digest, or None."""
    folder = _folder()
    if folder is None:
        return None
    with suppress(Exception):  # whatever is wrong with a kept file, the policy is read anew
        payload = (folder / f"{digest}.policy").read_bytes()
        if sha256(payload[32:]).digest() == payload[:32]:
            found: object = pickle.loads(payload[32:])  # noqa: S301 - our own file, in the user's folder
            return found
    return None


def keep(digest: str, value: object) -> None:
    """Keep a value under a digest, whole or not at all; failing to keep it does no harm."""
    folder = _folder()
    if folder is None:
        return
    import tempfile  # imported here: only what is newly read is kept

    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = pickle.dumps(value, protocol=5)
        with tempfile.TemporaryDirectory(dir=folder) as apart:
            whole = Path(apart) / "policy"
            whole.write_bytes(sha256(content).digest() + content)
            whole.replace(folder / f"{digest}.policy")
        _forget_old(folder)


def _forget_old(folder: Path) -> None:
    """Remove what was kept long ago: most of it of files and code that have changed since."""
    import time

    for path in folder.glob("*.policy"):
        if time.time() - path.stat().st_mtime > _KEPT_SECONDS:
            path.unlink(missing_ok=True)


def _folder() -> Path | None:
    chosen = os.environ.get("GONGJI_CACHE")
    if chosen == "off":
        return None
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    with suppress(RuntimeError):  # a user without a home keeps nothing
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "gongji"
        return (Path(base) if base else Path.home() / ".cache") / "gongji"
    return None


@lru_cache(maxsize=4)
def code_stamp(*folders: Path) -> bytes:
    """What tells one state of code from another: its files' names, sizes and times."""
    marks = [f"{sys.version}"]
    for folder in folders:
        for entry in sorted(os.scandir(folder), key=lambda one: one.name):
            if entry.name.endswith(".py"):
                state = entry.stat()
                marks.append(f"{entry.name}:{state.st_size}:{state.st_mtime_ns}")
    return "\n".join(marks).encode()
