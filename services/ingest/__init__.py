"""Ingest: from what statistics systems publish to exact facts per unit."""
