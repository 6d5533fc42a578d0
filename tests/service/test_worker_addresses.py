"""Three processes on one machine can't have one port."""

import pytest

from service.commands.worker import addresses


@pytest.mark.parametrize(
    ("http", "ports"),
    [
        ("0.0.0.0:8080", ["0.0.0.0:8080", "0.0.0.0:8081", "0.0.0.0:8082"]),
        ("127.0.0.1:0", ["127.0.0.1:0"] * 3),
        ("[::1]:9000", ["[::1]:9000", "[::1]:9001", "[::1]:9002"]),
    ],
)
def test_roles_have_ports_in_a_row_or_free_ones(http: str, ports: list[str]) -> None:
    assert addresses(http) == ports
