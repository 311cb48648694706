"""Writing down a fault of ours without what must not be in a log."""

import traceback


def described(error: BaseException) -> dict[str, object]:
    """Describe an exception by type and place; its message may hold a prompt, a key or a path."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.name}:{frame.lineno}" for frame in frames]
    return {"error": type(error).__qualname__, "at": " > ".join(places[-8:])}
