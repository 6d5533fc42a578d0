"""The health check of the image, asked of real ops servers."""

import asyncio
from collections.abc import Iterable

import pytest

from service.laptop.process import free_port
from service.web import health
from service.web.probes import State
from service.web.server import OpsServer


def three_ports_in_a_row() -> int:
    """The first of three that nobody listens on now."""
    import socket

    while True:
        first = free_port()
        try:
            for number in range(health.ROLES):
                socket.create_server(("127.0.0.1", first + number)).close()
        except (OSError, OverflowError):
            continue
        return first


async def asked(first: int, servers: Iterable[tuple[int, str | None]]) -> list[str]:
    """The faults of a worker that listens on these of its ports; each says what it waits for."""
    started = [
        OpsServer(f"127.0.0.1:{first + number}", lambda waits=waits: State("customers", waits, ()))  # type: ignore[misc]
        for number, waits in servers
    ]
    for server in started:
        await server.start()
    try:
        return await asyncio.to_thread(health.faults, f"0.0.0.0:{first}", "readyz")
    finally:
        for server in started:
            await server.stop()


@pytest.mark.parametrize(
    ("servers", "at_fault"),
    [
        ([(0, None)], []),
        ([(0, None), (1, None), (2, None)], []),
        ([(0, "rows")], [0]),
        ([(0, None), (1, "rows"), (2, None)], [1]),
        ([(1, None), (2, None)], [0]),
        ([], [0]),
    ],
)
async def test_one_role_or_all_of_them(servers: list[tuple[int, str | None]], at_fault: list[int]) -> None:
    first = three_ports_in_a_row()
    found = await asked(first, servers)
    assert [fault.split(": ")[0] for fault in found] == [f"127.0.0.1:{first + number}" for number in at_fault]


async def test_what_it_waits_for_is_said() -> None:
    [fault] = await asked(three_ports_in_a_row(), [(0, "its partitions")])
    assert "its partitions" in fault


def test_wrong_use_is_told() -> None:
    assert health.main([]) == health.main(["healthz"]) == 2
