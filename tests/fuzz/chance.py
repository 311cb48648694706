"""What comes up by chance: texts, numbers, and bytes that are no longer what they were."""

import random
from typing import Any

_WORDS = ("a", "lighthouse", "Übergröße", "海の灯台", "🌊🏴‍☠️", "שלום", "é", "naïve", "x" * 300)
_ODD = (
    "",
    " ",
    "\0",
    "\ud800",
    "\u202e",
    "\ufeff",
    "\r\n",
    "'; DROP TABLE images; --",
    '"',
    'NEAR("a" "b")',
    "a AND NOT b*",
    "^a:b -c",
    "*",
    "${7*7}",
    "../../etc/passwd",
    "%00%ff%2e%2e",
    "-1",
    "1e999",
    "NaN",
    "null",
    "data:image/png;base64,AAAA",
    "2026-02-30T25:61:00Z",
    "9999-12-31T23:59:59+14:00",
    "0001-01-01T00:00:00-23:59",
    "y" * 5000,
)
_NUMBERS = (0, 1, -1, 2, 3, 100, 101, 2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**64, 10**30)
_FRACTIONS = (0.0, 0.5, 1.0, -0.0, 1e-300, 1e308, 7.5, -3.25)


class Chance(random.Random):
    """Dice with the faces that matter here."""

    def happens(self, share: float) -> bool:
        """Whether something comes up that does so in this share of all cases."""
        return self.random() < share

    def text(self) -> str:
        """Write words, or what is none."""
        if self.happens(0.3):
            return self.choice(_ODD)
        return " ".join(self.choices(_WORDS, k=self.randint(1, 5)))

    def number(self) -> int:
        """Give a whole number, often at an edge."""
        return self.choice(_NUMBERS) if self.happens(0.5) else self.randint(-5, 1000)

    def fraction(self) -> float:
        """Give a number."""
        return self.choice(_FRACTIONS) if self.happens(0.3) else self.uniform(-1, 30)

    def anything(self) -> Any:
        """Give a value of any kind that JSON knows."""
        flat = (None, self.happens(0.5), self.number(), self.fraction(), self.text())
        value = self.choice(flat)
        return self.choice((value, value, [value], {self.text(): value}, [[value, {}]]))

    def garbled(self, data: bytes) -> bytes:
        """Change bytes here and there: flip, cut, repeat, or put others in."""
        changed = bytearray(data)
        for _ in range(self.choice((1, 1, 2, 5, 20))):
            place = self.randint(0, len(changed))
            end = min(len(changed), place + self.choice((1, 2, 8, 64)))
            piece = self.choice((b"", self.randbytes(end - place), changed[place:end] * 2))
            changed[place:end] = piece
        return bytes(changed[: self.randint(0, len(changed))] if self.happens(0.1) else changed)

    def garbled_text(self, text: str) -> str:
        """Change a text so that it is still one."""
        characters = list(text)
        for _ in range(self.choice((1, 1, 2, 5))):
            place = self.randint(0, len(characters))
            end = min(len(characters), place + self.choice((1, 1, 3, 20)))
            piece = self.choice(([], characters[place:end] * 2, [self.text()], ["{"], ["}"], ["$"]))
            characters[place:end] = piece
        return "".join(characters)
