"""Write the first step of the book's tables anew from their description.

Once a version is published its steps stay as they are, and what changes is a step of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command

from gongji.book.migrate import steps_config
from gongji.book.store import Store

VERSIONS = Path(__file__).parent.parent / "src" / "gongji" / "book" / "migrations" / "versions"


def main() -> None:
    """Replace the first step."""
    for old in VERSIONS.glob("0001_*.py"):
        old.unlink()
    with TemporaryDirectory() as folder:
        store = Store(str(Path(folder) / "book.db"))
        config = steps_config()
        with store.writing() as connection:
            config.attributes["connection"] = connection
            command.revision(config, "The first tables", autogenerate=True, rev_id="0001")
        store.close()
    for work in (["format"], ["check", "--fix"]):
        subprocess.run([sys.executable, "-m", "ruff", *work, str(VERSIONS)], check=True)


if __name__ == "__main__":
    main()
