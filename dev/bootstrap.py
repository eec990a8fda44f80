"""Run a command of the project on a machine that has only Python 3.

    python3 dev/bootstrap.py gongji settle CASE        python3 dev/bootstrap.py --dev pytest

Uses `uv` where it is installed; otherwise puts it into `.tools/`, with pip, or without pip straight
from the package index (checked by hash).  uv then makes the environment in `.venv/` from the lock
file, with a newer Python where this one is too old, and runs the command in it.  Nothing outside
this folder is changed.  Kept to the Python of old systems on purpose: no newer syntax here.
"""

import hashlib
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
UV_VERSION = "0.13.9"
RELEASE = "uv-" + UV_VERSION + "-"
INDEX = "https://pypi.org/simple"
EXTRAS = {  # what commands need beyond the rest
    "batch": ["batch"],
    "explain": ["batch"],
    "generate": ["batch"],
    "book": ["pinyin", "postgres", "xlsx"],
    "demo": ["pdf", "postgres", "xlsx"],
    "nhsa": ["nhsa", "sm2"],
    "serve": ["pdf", "postgres", "sm2", "xlsx"],
    "user": ["api", "postgres"],
    "access": ["api", "postgres", "sm2"],
}


def main(words):
    """Set up what is missing, then become the command."""
    dev = words[:1] == ["--dev"]
    command = words[1:] if dev else words
    if not command:
        sys.exit("usage: bootstrap.py [--dev] COMMAND [ARGUMENT ...]")
    uv = find_uv() or install_uv()
    groups = [] if dev else ["--no-dev"]
    if command[0] == "gongji" and command[1:]:
        for extra in EXTRAS.get(command[1], []):
            groups += ["--extra", extra]
    if not (ROOT / ".venv").exists():
        say("正在准备运行环境（只需一次） · setting up, this once")
    line = [uv, "run", "--quiet", "--frozen", "--project", str(ROOT), *groups, *command]
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(uv, line)  # noqa: S606 - signals reach the command itself
    sys.exit(subprocess.call(line))


def find_uv():
    """The uv of this machine or of an earlier run, or None."""
    own = TOOLS / "bin" / ("uv.exe" if os.name == "nt" else "uv")
    return shutil.which("uv") or (str(own) if own.exists() else None)


def install_uv():
    """Put uv into `.tools/` and return its path."""
    say("正在安装 uv 到 .tools/ · putting uv into .tools/")
    if not install_with_pip():
        install_from_wheel()
    found = find_uv()
    if found is None:
        sys.exit("uv 安装失败；请先安装 uv · could not install uv; please install it by hand")
    return found


def install_with_pip():
    """Install uv with this Python's pip; False where there is no pip or it fails."""
    line = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    line += ["--target", str(TOOLS), "uv==" + UV_VERSION]
    try:
        return subprocess.call(line, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def install_from_wheel():
    """Take the uv program out of its wheel on the package index, checked by its hash."""
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or INDEX
    page_url = index.rstrip("/") + "/uv/"
    page = download(page_url).decode()
    wheels = re.findall(r'href="([^"#]+/([^"/#]+\.whl))#sha256=([0-9a-f]{64})"', page)
    wheel = next((one for one in wheels if one[1].startswith(RELEASE) and fits(one[1])), None)
    if wheel is None:
        sys.exit("没有适用于本机的 uv · no uv for this machine: " + platform.platform())
    content = download(urllib.parse.urljoin(page_url, wheel[0]))
    if hashlib.sha256(content).hexdigest() != wheel[2]:
        sys.exit("uv 校验失败 · the hash of uv does not match")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        inside = next(name for name in archive.namelist() if name.endswith("scripts/uv"))
        (TOOLS / "bin").mkdir(parents=True, exist_ok=True)
        target = TOOLS / "bin" / "uv"
        target.write_bytes(archive.read(inside))
        target.chmod(0o755)


def download(url):
    """The content of a page or file of the package index."""
    try:
        with urllib.request.urlopen(url, timeout=300) as answer:  # noqa: S310 - the index's own
            return answer.read()
    except OSError as error:
        sys.exit("连不上软件包索引 · cannot reach the package index: %s (%s)" % (url, error))


def fits(filename):
    """Whether a wheel is for this system and processor."""
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if not filename.endswith(".whl"):
        return False
    if sys.platform == "darwin":
        return "macosx" in filename and (("arm64" if machine == "aarch64" else machine) in filename)
    libc = "musllinux" if Path("/lib/ld-musl-%s.so.1" % machine).exists() else "manylinux"
    return libc in filename and machine in filename


def say(words):
    """Tell the person at the terminal what takes so long."""
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
