"""Backing up the services' databases while they run, and restoring them."""
