"""Alertmanager's API v2: Prometheus posts alerts here, and `amtool` works against it."""
