"""Makes matplotlib's SVG fit for a page with a strict content security policy.

Such a policy forbids `style` attributes; every property that matplotlib writes is an attribute of
SVG as well, except the short form of the font.
"""

import re
from xml.etree import ElementTree as ET

_SVG = "http://www.w3.org/2000/svg"
_LEFT_OUT = frozenset({f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"})
_LINK = "{http://www.w3.org/1999/xlink}href"
_FONT = re.compile(r"(?:(?:italic|oblique) )?(?:(?P<weight>\w+) )?(?P<size>[\d.]+)px .*")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
FAMILY = "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"


def clean(svg: bytes, prefix: str) -> bytes:
    """The `svg` element alone, its ids prefixed, its styles as attributes."""
    root = ET.fromstring(svg)  # noqa: S314 - written by matplotlib a moment ago
    for parent in list(root.iter()):
        for child in [each for each in parent if each.tag in _LEFT_OUT]:
            parent.remove(child)
    for element in root.iter():
        _clean(element, prefix)
    for length in ("width", "height"):
        root.attrib.pop(length, None)
    root.attrib |= {
        "font-family": FAMILY,
        "stroke-linejoin": "round",
        "stroke-linecap": "butt",
        "aria-hidden": "true",
    }
    ET.register_namespace("", _SVG)
    return ET.tostring(root)


def _clean(element: ET.Element, prefix: str) -> None:
    for rule in element.attrib.pop("style", "").split(";"):
        name, _, value = (part.strip() for part in rule.partition(":"))
        if name == "font":
            _set_font(element, value)
        elif name:
            element.set(name, value)
    for name, value in element.attrib.items():
        if name == "id":
            element.set(name, f"{prefix}-{value}")
        elif "url(#" in value:
            element.set(name, _REFERENCE.sub(rf"url(#{prefix}-\1)", value))
    link = element.attrib.pop(_LINK, "")
    if link.startswith("#"):
        element.set("href", f"#{prefix}-{link[1:]}")


def _set_font(element: ET.Element, value: str) -> None:
    found = _FONT.fullmatch(value)
    if found is None:
        return
    element.set("font-size", found["size"])
    if found["weight"]:
        element.set("font-weight", found["weight"])
