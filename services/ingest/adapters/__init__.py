"""SQL store of ingest."""
