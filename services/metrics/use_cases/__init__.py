"""What the metrics service does, one module per thing."""
