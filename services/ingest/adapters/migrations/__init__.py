"""Schema revisions of ingest."""
