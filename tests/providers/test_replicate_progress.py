"""Reading progress out of a model's logs."""

import pytest

from image_generation.providers.replicate.progress import Progress, fraction_in


@pytest.mark.parametrize(
    ("logs", "fraction"),
    [
        ("", None),
        ("Using seed: 7\nLoading", None),
        ("  0%|          | 0/28 [00:00<?, ?it/s]", 0.0),
        (" 36%|###6      | 10/28", 10 / 28),
        ("Using seed: 7\n  0%|          | 0/28 [00:00]\n 25%|██▌       | 7/28 [00:01]\n", 0.25),
        ("  0%|          | 0/4 [00:00]\r 50%|#####     | 2/4 [00:00]\r100%|###| 4/4 [00:01]", 1.0),
        (" 50%|#####     | 2/4 [00:00]\nDecoding\n", 0.5),
        ("1it [00:00,  3.11it/s]\r2it [00:00,  3.20it/s]", None),
        ("  3%|▎         | 1/2", 0.03),
        ("Fetching 5 files: 100%|██████████| 5/5 [00:00]", None),
        ("100%|██████████| 335M/335M [00:02]", None),
        ("  0%|          | 0/0 [00:00]", 0.0),
        ("900%|###| 9/1 [00:00]", 1.0),
    ],
    ids=[
        "nothing",
        "no bar",
        "just begun",
        "a bar without a bracket",
        "one state a line",
        "states joined by carriage returns",
        "other words after the bar",
        "a bar without a total",
        "cut off within the total",
        "a bar for something else",
        "a bar for bytes",
        "a total of nothing",
        "more than all",
    ],
)
def test_progress_is_what_the_last_bar_says(logs: str, fraction: float | None) -> None:
    assert fraction_in(logs) == fraction


def test_progress_is_told_once_and_never_goes_back() -> None:
    told: list[float] = []
    progress = Progress(told.append)
    base = "  0%|   | 0/4 [00:00]\n 50%|   | 2/4 [00:00]\n"
    refiner = "100%|   | 4/4 [00:01]\n  0%|   | 0/2 [00:00]\n"

    for logs in ("", base, base, base + refiner, base + refiner + "100%|   | 2/2 [00:01]"):
        progress.read(logs)

    assert told == [0.5, 1.0]


def test_a_second_bar_does_not_begin_again() -> None:
    told: list[float] = []
    progress = Progress(told.append)

    progress.read("100%|###| 4/4 [00:01]")
    progress.read("100%|###| 4/4 [00:01]\n  0%|   | 0/2 [00:00]\n 50%|#  | 1/2 [00:00]")

    assert told == [1.0]
