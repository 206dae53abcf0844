"""Files of the wall page."""
