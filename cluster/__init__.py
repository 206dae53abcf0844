"""The manifests of deploy/k8s on a real control plane with simulated nodes: `make cluster`."""
