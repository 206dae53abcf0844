"""Who may do what: tokens and sessions, one authorisation table for all routes, the audit log."""
