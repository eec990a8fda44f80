"""What was done with a book, for people and for machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gongji.wording import Bilingual

if TYPE_CHECKING:
    from gongji.book.backups.backup import Manifest
    from gongji.book.loading.brought import Brought
    from gongji.book.proof.verify import Report

__all__ = [
    "backup_record",
    "backup_words",
    "load_record",
    "loaded_words",
    "report_record",
    "report_words",
    "restored_words",
]


def loaded_words(found: Brought) -> Bilingual:
    """What a load brought in."""
    from gongji.book.loading.tables import TABLES

    if not found.now:
        return Bilingual(
            "这些文件以前导入过，内容没有变，这次什么都没做",
            "these files were loaded before and have not changed; nothing was done",
        )
    lines = [
        Bilingual(
            f"{TABLES[name].title.zh}：新增 {found.new[name]:,}，已有 {found.there[name]:,}",
            f"{TABLES[name].title.en}: {found.new[name]:,} new, {found.there[name]:,} there before",
        )
        for name in TABLES
        if found.new[name] or found.there[name]
    ] or [Bilingual("文件里没有内容", "the files hold nothing")]
    return Bilingual("\n".join(one.zh for one in lines), "\n".join(one.en for one in lines))


def load_record(found: Brought) -> dict[str, object]:
    """What a load brought in; `done` is false where the same was loaded before."""
    return {"done": found.now, "new": dict(found.new), "there": dict(found.there)}


def report_words(report: Report) -> Bilingual:
    """What was verified, and the first difference."""
    checked = Bilingual(
        f"核对了 {report.acts:,} 次操作、{report.entries:,} 笔分录、{report.persons:,} 人的"
        f" {report.settlements:,} 次结算",
        f"checked {report.acts:,} acts, {report.entries:,} entries, {report.settlements:,} "
        f"settlements of {report.persons:,} persons",
    )
    if report.difference is None:
        return checked + Bilingual("：全部相符", ": all as it was kept")
    return checked + Bilingual("。第一处差异：\n", ". The first difference:\n") + report.difference


def report_record(report: Report) -> dict[str, object]:
    """What was verified; `difference` is null where everything came out as it was kept."""
    found = report.difference
    return {
        "acts": report.acts,
        "entries": report.entries,
        "settlements": report.settlements,
        "persons": report.persons,
        "difference": None if found is None else {"zh": found.zh, "en": found.en},
    }


def backup_words(made: Manifest, file: Path) -> Bilingual:
    """What is in a backup, and what is not."""
    rows = sum(made.rows.values())
    return Bilingual(
        f"已备份到 {file}：{rows:,} 行，SHA-256 {made.sha256}\n"
        "密钥不在备份里，请另外保管；恢复时要用它",
        f"backed up to {file}: {rows:,} rows, SHA-256 {made.sha256}\nthe key is not in the backup; "
        "keep it apart, a restore needs it",
    )


def backup_record(made: Manifest, file: Path) -> dict[str, object]:
    """The manifest of a backup, and where it is."""
    return {"file": str(file), **made._asdict()}


def restored_words(made: Manifest, book: str) -> Bilingual:
    """What was restored."""
    return Bilingual(
        f"已恢复到 {book}：{made.made} 的备份，{sum(made.rows.values()):,} 行",
        f"restored to {book}: the backup of {made.made}, {sum(made.rows.values()):,} rows",
    )
