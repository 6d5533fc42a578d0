"""The log is not what the rows say it is."""


class LogMismatch(Exception):
    """A worker must not go on; the message says what is wrong, where, and what to do."""
