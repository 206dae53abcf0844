"""Adapters of the alerts service: store, channels, holiday data, rules file."""
