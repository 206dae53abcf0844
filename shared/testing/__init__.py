"""Fakes and fixtures that tests of all services share."""
