"""What a target claims about every input."""


class PropertyBroken(AssertionError):  # noqa: N818 - the property is what has a name
    """An input for which a claim does not hold; the text names the claim."""


def claim(holds: bool, what: str) -> None:  # noqa: FBT001 - it reads as a sentence
    """Raise `PropertyBroken` unless `holds`."""
    if not holds:
        raise PropertyBroken(what)
