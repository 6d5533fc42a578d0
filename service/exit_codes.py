"""How a process ends, for whoever starts it again; 0 is an end in order."""

WRONG_USE = 2
"""Settings, files or what lies in Kafka are not as they have to be: to start again changes nothing."""
NOT_REACHABLE = 3
"""A system does not answer, or does not let us: start again when it does."""
BROKEN = 70
"""Something failed; to start again is always safe (sysexits.h: EX_SOFTWARE)."""
