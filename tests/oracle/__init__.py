"""The brute-force oracle: keeps every event of one customer and asks at both moments of every day.

Written from the definitions alone, in plain dicts and dates; it shares no rule code with the service and keeps nothing
to be faster.
"""

from tests.oracle.oracle import Oracle

__all__ = ["Oracle"]
