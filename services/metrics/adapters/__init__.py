"""SQL tables and stores, metric exposition."""
