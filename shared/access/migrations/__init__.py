"""Migrations of access control."""
