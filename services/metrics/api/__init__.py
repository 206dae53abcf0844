"""HTTP surface of metrics beside the common routes."""

from services.metrics.api.routes import add_routes

__all__ = ["add_routes"]
