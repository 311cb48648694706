"""How far a prediction is, read from the progress bars in its logs."""

import re
from collections.abc import Callable

_BAR = re.compile(r"\s*(?P<percent>\d{1,3})%\s*\|[^|]*\|\s*(?P<done>\d+)/(?P<total>\d+)")


class Progress:
    """Tells how much is done, 0…1, and never less than before.

    A model may draw several bars, one after the other; the later ones then tell nothing new.
    """

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._told = -1.0

    def read(self, logs: str) -> None:
        """Look at the logs so far, and tell what is new."""
        fraction = fraction_in(logs)
        if fraction is not None and fraction > self._told:
            self._told = fraction
            self._tell(fraction)


def fraction_in(logs: str) -> float | None:
    """Return what the last bar says, 0…1; None without a bar, or with one that has no total.

    Bars are drawn by tqdm, which begins each state with a carriage return.
    """
    bars = (_BAR.match(line) for line in reversed(re.split(r"[\r\n]", logs)))
    return next((_fraction(bar) for bar in bars if bar), None)


def _fraction(bar: re.Match[str]) -> float:
    percent, done, total = (int(number) for number in bar.group("percent", "done", "total"))
    exact = done / total if total else 0.0
    # The logs may end within the total, and "1/2" may become "1/28": then the percentage holds.
    return min(exact if abs(exact * 100 - percent) <= 1 else percent / 100, 1.0)
