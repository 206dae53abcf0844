"""What goes wrong when something cannot be started."""


class LaunchError(Exception):
    """A program could not be started; the message says why and what to do about it."""
