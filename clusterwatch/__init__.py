"""clusterwatch."""
