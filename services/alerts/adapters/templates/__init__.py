"""Words and templates of messages, a set per language."""
