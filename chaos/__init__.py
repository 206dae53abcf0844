"""A campaign of faults against the whole system, with an oracle on the side: `make chaos`."""
