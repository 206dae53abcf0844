"""What ingest does with records."""

from services.ingest.use_cases.ingest import IngestBatch

__all__ = ["IngestBatch"]
