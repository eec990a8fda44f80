"""How far a long run is: what is done, how fast it goes, how long it will take."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import monotonic_ns

from gongji.wording import Bilingual, Language

__all__ = ["progress_at_terminal"]

_SECOND = 10**9
_EVERY = _SECOND // 5
_WIDTH = 20

_PHASES = {
    "look": Bilingual("查看", "looking"),
    "read": Bilingual("读取", "reading"),
    "settle": Bilingual("结算", "settling"),
    "load": Bilingual("导入", "loading"),
    "fill": Bilingual("演示", "the demo"),
    "copy": Bilingual("复制", "copying"),
    "pack": Bilingual("打包", "packing"),
    "acts": Bilingual("核对操作", "checking acts"),
    "entries": Bilingual("核对分录", "checking entries"),
    "settlements": Bilingual("重算", "settling again"),
    "others": Bilingual("核对其他", "checking the rest"),
}


def progress_at_terminal(language: Language) -> Callable[[str, int, int], None]:
    """Tells of a run that takes more than a second, on a terminal; elsewhere nothing.

    It is told of a phase, how many rows are done and how many there are (0: not known yet).
    """
    if not sys.stderr.isatty():
        return lambda *_: None
    started = shown = monotonic_ns()
    began: dict[str, int] = {}

    def tell(phase: str, done: int, every: int) -> None:
        nonlocal shown
        now = monotonic_ns()
        begin = began.setdefault(phase, now)
        last = bool(every) and done == every
        if now - started < _SECOND or (now - shown < _EVERY and not last):
            return
        shown = now
        line = f"{_PHASES[phase].in_(language)} {done:,}"
        if every and done and now > begin:
            rate = done * _SECOND // (now - begin)
            left = (every - done) // max(rate, 1)
            bar = "█" * (_WIDTH * done // every)
            line = f"{_PHASES[phase].in_(language)} {bar:<{_WIDTH}} {done:,}/{every:,}  "
            line += f"{rate:,}/s  {left // 60}:{left % 60:02d}"
        sys.stderr.write(f"\r\x1b[K{line}" + ("\r\x1b[K" if last else ""))
        sys.stderr.flush()

    return tell
