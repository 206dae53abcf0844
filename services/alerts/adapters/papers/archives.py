"""The same content in the same bytes: Office files are archives that hold the time of writing."""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

_STEADY = (1980, 1, 1, 0, 0, 0)
"""The earliest time that an archive can hold."""

_CORE = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:(?:modified|created)[^>]*>)[^<]*(</)")


def steady(archive: bytes, issued: datetime, parts: Mapping[str, bytes] | None = None) -> bytes:
    """The archive with fixed times, its document properties dated by the issue.

    `parts` replace those of the same name.
    """
    replaced = parts or {}
    stamp = f"{issued.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}".encode()
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as before,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            content = replaced.get(name, before.read(name))
            if name == _CORE:
                content = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", content)
            after.writestr(zipfile.ZipInfo(name, _STEADY), content, zipfile.ZIP_DEFLATED)
    return result.getvalue()
