"""How much of everything a number of enterprises needs, computed from measured costs.

`python -m clusterwatch.capacity write` renews the tables of docs/operations/capacity.md.
"""
