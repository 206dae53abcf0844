"""Files that a paper can be had as."""

from collections.abc import Mapping
from enum import StrEnum


class Format(StrEnum):
    """What a paper can be had as; the value is the ending of its file."""

    HTML = "html"
    DOCX = "docx"
    XLSX = "xlsx"
    JSON = "json"


MEDIA_TYPES: Mapping[Format, str] = {
    Format.HTML: "text/html; charset=utf-8",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON: "application/json",
}
