"""Colours of verdicts on paper; never the only thing that tells them apart."""

from collections.abc import Mapping

from shared.events.status import Colour

HUES: Mapping[Colour, str] = {
    Colour.GREEN: "#0b7a4b",
    Colour.BLUE: "#1763b8",
    Colour.YELLOW: "#b58a00",
    Colour.ORANGE: "#b24a00",
    Colour.RED: "#c01f1f",
    Colour.GREY: "#5e6c79",
}
"""Of lines and bars: those of the wall in print."""

FILLS: Mapping[Colour, str] = {
    Colour.GREEN: "D9F0E3",
    Colour.BLUE: "D9E8FA",
    Colour.YELLOW: "FFF3C4",
    Colour.ORANGE: "FFE0C7",
    Colour.RED: "FADADA",
    Colour.GREY: "E9ECEF",
}
"""Of cells: light, so that black text is read on them."""
