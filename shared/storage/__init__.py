"""Stores: SQLite or PostgreSQL behind SQLAlchemy Core, a database or schema per service."""

from shared.storage.engine import open_engine, ping, reading, writing
from shared.storage.sql import select_in, upsert

__all__ = ["open_engine", "ping", "reading", "select_in", "upsert", "writing"]
