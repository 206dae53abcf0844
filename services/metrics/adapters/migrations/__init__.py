"""Alembic revisions of the metrics database."""
