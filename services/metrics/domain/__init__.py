"""Pure rules of the metrics service: no I/O, no clock, no logging."""
