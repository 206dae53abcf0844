"""Decisions of ingest: pure functions over frozen values."""
