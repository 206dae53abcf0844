"""Alembic environment of all services; the caller passes the connection and the service."""

from alembic import context

from shared.storage.migrations import is_wanted, metadata_of

_attributes = context.config.attributes
context.configure(
    connection=_attributes["connection"],
    target_metadata=metadata_of(_attributes["service"]),
    render_as_batch=False,
    include_object=is_wanted(_attributes["service"]),
)
context.run_migrations()
