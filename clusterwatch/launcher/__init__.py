"""Starts what `clusterwatch run` and the integration tests need: a broker and child processes."""
