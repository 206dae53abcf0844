"""What a browser may do with the page of a paper: show it in its one style, and nothing else."""

import base64
import hashlib
from importlib.resources import files

CSS = files(__package__).joinpath("paper.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
"""Content security policy to serve a paper's HTML with."""
