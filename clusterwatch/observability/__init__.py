"""What Prometheus and Grafana get from this project: catalogue, history, dashboards."""
