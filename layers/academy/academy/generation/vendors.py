"""The door to the vendors: what the academy asks of a text model and of an image model.

Two Protocols, the values that pass through them, and the errors that may come back. Step Functions matches
Retry and Catch on an exception's class name, so the names below are part of
`infra/statemachines/course_generation.asl.json` and a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What one call used, in the vendor's tokens. The four kinds have different prices and never overlap."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
        )

    @property
    def all_input_tokens(self) -> int:
        return self.input_tokens + self.cache_write_tokens + self.cache_read_tokens


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One paid call: it is on the bill whether or not its answer was of any use."""

    purpose: str
    model: str
    usage: Usage
    request_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Turn:
    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, kw_only=True)
class TextRequest:
    """One question to a text model, whose answer must be JSON by `schema`.

    `context` is the prefix that calls of one job share, longest-lived part first; an adapter marks the end of each
    part for the vendor's prompt cache. `turns` begins and ends with the user. `on_behalf_of` is opaque, never personal.
    """

    purpose: str
    system: str
    context: tuple[str, ...]
    turns: tuple[Turn, ...]
    schema: Mapping[str, object]
    max_tokens: int
    on_behalf_of: str


@dataclass(frozen=True, kw_only=True)
class TextAnswer:
    text: str
    charge: Charge
    cut_off: bool = False
    """The model reached `max_tokens`: whatever it wrote is not the whole answer."""


@dataclass(frozen=True, kw_only=True)
class ImageRequest:
    purpose: str
    prompt: str
    on_behalf_of: str


@dataclass(frozen=True, kw_only=True)
class ImageAnswer:
    content: bytes
    content_type: str
    charge: Charge


class TextModel(Protocol):
    @property
    def name(self) -> str: ...

    def write(self, request: TextRequest) -> TextAnswer:
        """Raises a `GenerationError` below; never retries by itself."""
        ...


class ImageModel(Protocol):
    @property
    def name(self) -> str: ...

    def draw(self, request: ImageRequest) -> ImageAnswer:
        """Raises a `GenerationError` below; never retries by itself."""
        ...


@dataclass(eq=False)
class GenerationError(Exception):
    """Something that stops a step. `charges` is what was paid before it did, so that the bill stays right."""

    reason: str
    charges: tuple[Charge, ...] = field(default=(), kw_only=True)

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class VendorThrottled(GenerationError):
    """Too many requests in too short a time; the vendor asks for a pause."""

    retry_after: float | None = field(default=None, kw_only=True)


@dataclass(eq=False)
class VendorUnavailable(GenerationError):
    """Overloaded, broken, or out of reach: worth another try."""


@dataclass(eq=False)
class VendorTimeout(GenerationError):
    """No answer in time. The vendor may charge for it all the same, and does not say how much."""


@dataclass(eq=False)
class VendorRefused(GenerationError):
    """The model or a safety filter declined this very content: asking again will not help."""


@dataclass(eq=False)
class VendorRejected(GenerationError):
    """The vendor does not accept the call at all: key, credit, model name, size. An operator has to act."""


@dataclass(eq=False)
class BadModelOutput(GenerationError):
    """The answer still breaks the rules after its repair round."""

    problems: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(eq=False)
class BudgetExceeded(GenerationError):
    """The next call could cost more than is left of a budget."""
