"""Making the stores of ingest and metrics anew from the topics alone."""
