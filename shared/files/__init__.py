"""Files as statistics systems export them: tables, mappings, and the events in them."""
