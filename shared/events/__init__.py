"""Wire contracts of all topics: what crosses a process border, and nothing else."""
