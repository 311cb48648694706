"""Ending a test's server."""

import asyncio

import uvicorn


async def stop_at_once(running: uvicorn.Server) -> None:
    """Stop without the tenth of a second that the server's own `shutdown` takes."""
    for listening in running.servers:
        listening.close()
    for connection in list(running.server_state.connections):
        connection.shutdown()
    while running.server_state.connections or running.server_state.tasks:  # noqa: ASYNC110 - no event
        await asyncio.sleep(0)
