"""`gongji serve` in a process of its own, as it is started from a terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

__all__ = ["Served", "serving"]

_OWN = ("GONGJI_BOOK", "GONGJI_KEY", "GONGJI_LANG")


class Served(NamedTuple):
    """What is served: where, by which process, and what that printed before it was ready."""

    url: str
    process: subprocess.Popen[str]
    printed: str


@contextmanager
def serving(*words: str, folder: Path | None = None, **environment: str) -> Iterator[Served]:
    """Serve at a free port, in a folder, until the end."""
    line = [sys.executable, "-m", "gongji", "serve", "--port", "0", *words]
    own = {name: value for name, value in os.environ.items() if name not in _OWN}
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
        env={**own, **environment},
    ) as process:  # fmt: skip
        try:
            printed = ""
            while (found := re.search(r"http://\S+:\d+(?=/)", printed)) is None:
                assert process.stdout is not None
                assert process.stderr is not None
                more = process.stdout.readline()
                assert more, process.stderr.read()
                printed += more
            yield Served(found[0], process, printed)
        finally:
            process.kill()
