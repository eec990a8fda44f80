"""What tests need of a machine beside Python: a browser, Chinese fonts, curl and openssl.

    python3 dev/bootstrap.py --dev python dev/machine.py

A machine that has Chromium or Chrome, any Chinese font, and the two programs needs nothing.  Where
apt is there and may be used, what lacks is installed.  Elsewhere Playwright brings a Chromium of
its own into `.tools/`, and what else lacks is named.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["OWN", "chromium"]

OWN = Path(__file__).resolve().parent.parent / ".tools" / "browsers"
"""Where Playwright puts a Chromium of its own."""

_NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
_ON_A_MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_BROWSER, _FONTS = ["chromium"], ["fontconfig", "fonts-noto-cjk"]
_DRIVER = ["libatomic1"]
"""What the program by which Playwright drives a browser needs, and a bare system lacks."""
_PROGRAMS = ["curl", "openssl"]
"""What the commands on the page about the API are written with."""


def chromium() -> str | None:
    """The Chromium or Chrome of this machine that runs, or None; Playwright's own is none of it."""
    for name in (*_NAMES, *_ON_A_MAC):
        found = shutil.which(name)
        if found is None:
            continue
        asked = subprocess.run([found, "--version"], capture_output=True, check=False)
        if asked.returncode == 0:  # some are only a hint to install it
            return found
    return None


def main() -> None:
    """Put there what lacks, or say what to install."""
    driver = _driver_runs()
    wanted = [
        [] if driver else _DRIVER,
        [] if chromium() else _BROWSER,
        [] if _has_font() else _FONTS,
        _missing_programs(),
    ]
    if any(wanted) and _apt_may_be_used():
        _install([packages for packages in wanted if packages])
    if not driver and not _driver_runs():
        sys.exit(
            "Playwright 运行不了；请安装 libatomic1，再运行 playwright --version 看看 · "
            "Playwright does not run; install libatomic1, and see what playwright --version says"
        )
    if chromium() is None and not _own_installed():
        sys.exit(
            "没有浏览器，也装不上；请安装 Chromium 或 Chrome · "
            "there is no browser, and none can be installed; please install Chromium or Chrome"
        )
    if not _has_font():
        sys.exit(
            "没有中文字体；请安装一种，例如 fonts-noto-cjk（和 fontconfig） · "
            "there is no Chinese font; please install one, such as fonts-noto-cjk (and fontconfig)"
        )
    if programs := _missing_programs():
        found = " ".join(programs)
        sys.exit(f"没有 {found}；请先安装 · there is no {found}; please install it first")


def _missing_programs() -> list[str]:
    return [one for one in _PROGRAMS if shutil.which(one) is None]


def _driver_runs() -> bool:
    line = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(line, capture_output=True, check=False).returncode == 0


def _has_font() -> bool:
    """Whether Chinese can be shown; only Linux comes without."""
    if not sys.platform.startswith("linux"):
        return True
    if shutil.which("fc-list") is None:
        return False
    found = subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=False)
    return bool(found.stdout.strip())


def _apt_may_be_used() -> bool:
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def _install(wanted: list[list[str]]) -> None:
    """Install packages with apt, each kind by itself: some systems have no such browser."""
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _done(["apt-get", "update", "-qq"], quietly)
    for packages in wanted:
        _say(f"正在安装 · installing {' '.join(packages)}")
        _done(["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages], quietly)


def _own_installed() -> bool:
    """Have Playwright install its Chromium, which is quick where it is there already."""
    line = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    if _apt_may_be_used():
        line.append("--with-deps")
    return _done(line, {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(OWN)})


def _done(line: list[str], environment: dict[str, str]) -> bool:
    """Whether a command ends well; what it says is shown where it does not."""
    done = subprocess.run(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode != 0:
        _say(done.stdout.decode(errors="replace").strip())
    return done.returncode == 0


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
