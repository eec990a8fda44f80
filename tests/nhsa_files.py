"""Files of the interface as an institution's own software makes and reads them."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from nhsa_place import Software

__all__ = ["lines_of", "sent", "zipped"]


def zipped(*texts: str | bytes) -> bytes:
    """A zip of some texts."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for place, text in enumerate(texts):
            archive.writestr(f"{place}.txt", text)
    return file.getvalue()


def lines_of(data: bytes) -> list[list[str]]:
    """The columns of each line of the one text in a zip."""
    with ZipFile(BytesIO(data)) as archive:
        (name,) = archive.namelist()
        assert name.endswith(".txt")
        text = archive.read(name).decode("utf-8")
    assert text == "" or text.endswith("\n")
    return [line.split("\t") for line in text.split("\n")[:-1]]


def sent(software: Software, data: bytes, name: str = "details.zip") -> Any:
    """What is answered to a file that an institution sends as a list of signed bytes."""
    signed = [one - 256 if one > 127 else one for one in data]
    return software.ask(
        "9101",
        fsUploadIn={"in": signed, "filename": name, "fixmedins_code": software.institution},
    )
