"""What a benchmark prints."""

from collections.abc import Iterable, Sequence

NOTE = "Seconds and bytes depend on the machine: compare them within this run only."


def show(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: names to the left, figures to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    print(f"\n{title}\n")
    for name, *figures in lines:
        cells = (f"{text:>{width}}" for text, width in zip(figures, widths[1:], strict=True))
        print("  ".join([f"{name:<{widths[0]}}", *cells]).rstrip())


def milliseconds(seconds: float) -> str:
    """Write a time."""
    return f"{seconds * 1000:.3g}" if seconds < 1 else f"{seconds * 1000:.0f}"


def times(ratio: float) -> str:
    """Write a ratio."""
    return f"{ratio:.2f}x"
