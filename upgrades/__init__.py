"""Two versions side by side: their programs, a rolling update under load, what releases leave."""
