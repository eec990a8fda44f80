"""Commands on whole tables need packages for columns, which are an extra."""

from __future__ import annotations

from importlib.util import find_spec

from gongji.wording import Bilingual, Refused

__all__ = ["check_columnar"]


def check_columnar() -> None:
    """Refuse, with what to install, where a package for columns is missing."""
    for package in ("numpy", "pyarrow", "llvmlite"):
        if find_spec(package) is None:
            raise Refused(
                "missing_package",
                Bilingual(
                    f"没有安装 {package}；请运行 pip install 'gongji[batch]'",
                    f"{package} is not installed; run pip install 'gongji[batch]'",
                ),
                {"package": package},
            )
