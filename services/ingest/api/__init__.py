"""HTTP routes of ingest beside the common ones."""
