"""What is to be said of the machine that figures are of."""

import os
import platform


def machine() -> str:
    """CPUs, Python, and the load of the last minute: our own processes and whatever else runs."""
    return f"{os.cpu_count()} CPUs, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
