"""DescribeConfigs: the settings of topics."""

from collections.abc import Sequence
from typing import Any

from aiokafka.protocol.admin import DescribeConfigsRequest

_TOPIC = 2


def topic_settings(names: Sequence[str]) -> Any:
    """Asks for all settings in force of these topics."""
    return DescribeConfigsRequest([(_TOPIC, name, None) for name in names])
