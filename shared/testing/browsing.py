"""What browser tests of pages have in common."""

from importlib.resources import files

BROWSER_FLAGS = [
    "--no-sandbox",  # as root Chromium needs it
    "--disable-gpu",
    # Without Chromium's own calls to the outside:
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

FAULTS_OF_TEXT = (files(__package__) / "text_faults.js").read_text(encoding="utf-8")
"""Script for a page that fits its window: texts that are cut, off the page, or on one another."""
