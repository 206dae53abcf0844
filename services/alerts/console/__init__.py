"""The built-in pages at /console: made on the server, without JavaScript."""
