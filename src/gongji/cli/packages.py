"""Whether what a command needs beyond the rest is installed."""

from __future__ import annotations

from importlib.util import find_spec

from gongji.wording import Bilingual, Refused

__all__ = ["check_packages"]

_BROUGHT = {
    "book": ("sqlalchemy", "alembic", "cryptography"),
    "api": ("argon2", "fastapi", "uvicorn"),
    "web": ("httpx", "jinja2", "python_multipart"),
    "nhsa": ("cryptography", "httpx"),
}
_FOR = {
    "book": Bilingual("账册", "the book"),
    "api": Bilingual("接口服务", "to serve the book"),
    "web": Bilingual("网页", "to show pages"),
    "nhsa": Bilingual("国家医保接口", "the national interface"),
}


def check_packages(*extras: str) -> None:
    """Make sure that extras of gongji are installed.  Raises `Refused` (`missing_package`)."""
    for extra in extras:
        for package in _BROUGHT[extra]:
            if find_spec(package) is None:
                raise _missing(package, extra)


def _missing(package: str, extra: str) -> Refused:
    use = _FOR[extra]
    return Refused(
        "missing_package",
        Bilingual(
            f"没有安装 {package}；{use.zh}需要附加包 gongji[{extra}]，"
            f"在检出的文件夹里运行 pip install '.[{extra}]'",
            f"{package} is not installed; {use.en} needs the extra gongji[{extra}], run pip "
            f"install '.[{extra}]' in the checkout",
        ),
        {"package": package},
    )
