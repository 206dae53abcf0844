"""Channels: webhook and e-mail."""
