"""Opens views and transactions of an assessment."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from services.metrics.adapters.assessment_sink import SqlAssessmentSink
from services.metrics.adapters.assessment_source import SqlAssessmentSource
from shared.storage import writing


class SqlAssessmentStore:
    """`AssessmentStore` on an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def view(self) -> Iterator[SqlAssessmentSource]:
        """A stable view: one snapshot of the database on either engine."""
        options = {}
        if self._engine.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ"}
        with (
            self._engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield SqlAssessmentSource(connection)

    @contextmanager
    def transaction(self) -> Iterator[SqlAssessmentSink]:
        """A write transaction; an exception rolls it back."""
        with writing(self._engine) as connection:
            yield SqlAssessmentSink(connection)
