"""One module per thing the alerts service does."""
