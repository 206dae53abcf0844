"""Kubernetes manifests that follow from the program: topics, users of Kafka, Prometheus rules.

`python -m clusterwatch.manifests write` renews them; a test holds what is committed against them.
"""

from clusterwatch.manifests.written import FOLDER, rendered

__all__ = ["FOLDER", "rendered"]
