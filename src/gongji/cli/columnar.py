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
                    f"没有安装 {package}；整表结算需要附加包 gongji[batch]，"
                    "在检出的文件夹里运行 pip install '.[batch]'",
                    f"{package} is not installed; whole tables need the extra gongji[batch], run "
                    "pip install '.[batch]' in the checkout",
                ),
                {"package": package},
            )
