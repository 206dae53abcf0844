"""Pure rules, life cycle and decisions of the alerts service: no I/O, no clock."""
