"""A batch from files to files: settled claims, and beside them the rejected rows."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from gongji.batch.results import REJECTS, rejects_table
from gongji.batch.run import Job, Progress, run_batch
from gongji.batch.summary import Summary
from gongji.batch.writing import TableWriter, disk_watched, whole_or_nothing

__all__ = ["settle_files"]


def settle_files(
    job: Job,
    out: Path,
    rejects: Path,
    progress: Progress = lambda *_: None,
    *,
    replace: bool = False,
) -> Summary:
    """Settle a job and write both files, whole or not at all.

    What waits for its turn lies in a folder beside `out`, which is gone afterwards.  With `replace`
    files that are there are overwritten.  Raises `Refused` for tables that are not what they should
    be, for files that are there, and for a full disk.
    """
    with disk_watched(out), TemporaryDirectory(prefix=".batch-", dir=out.parent) as folder:
        run = run_batch(job, Path(folder), progress)
        rejected = []
        with whole_or_nothing(out, rejects, replace=replace) as (out_apart, rejects_apart):
            with closing(TableWriter(out_apart, run.form.schema)) as writer:
                for piece in run.pieces:
                    writer.write(piece.table)
                    if len(piece.rejected.why):
                        rejected.append(piece.rejected)
            with closing(TableWriter(rejects_apart, REJECTS)) as writer:
                writer.write(rejects_table(rejected, run.reasons, run.policy))
    return run.summary
