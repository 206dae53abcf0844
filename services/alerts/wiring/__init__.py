"""What `main` puts together, in parts: with it the only place that picks adapters."""
