"""How a model is named at Replicate."""

import re
from dataclasses import dataclass
from typing import Self

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_PATTERN = re.compile(
    rf"(?:(?P<owner>{_NAME})/(?P<name>{_NAME})(?::(?P<pinned>[0-9a-z]+))?|(?P<bare>[0-9a-f]{{64}}))"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A model, a version of it, or a version alone; at least one of the two is there."""

    model: tuple[str, str] | None
    version: str | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `owner/name`, `owner/name:version` or a version's 64 digits, or raise ValueError."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is neither owner/name nor a version")
        owner, name, pinned, bare = match.group("owner", "name", "pinned", "bare")
        return cls((owner, name) if owner else None, pinned or bare)

    @property
    def pinned(self) -> str | None:
        """What the endpoint for versions takes; None when no version is asked for."""
        if self.version is None or self.model is None:
            return self.version
        return f"{'/'.join(self.model)}:{self.version}"

    def fits(self, model: object, version: object) -> bool:
        """Whether a prediction's model and version are these; letter case does not count."""
        same_model = self.model is None or f"{model}".lower() == "/".join(self.model).lower()
        return same_model and self.version in {None, version}
