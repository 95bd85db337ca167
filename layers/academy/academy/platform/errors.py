"""What can go wrong, as values of the domain: each carries the status and code that a caller sees. Mapped to JSON once, in `platform.http`."""

from collections.abc import Mapping, Sequence
from typing import Any


class AcademyError(Exception):
    """The root. `details` are JSON-ready mappings; `extra` goes beside `error` and `code` in the body."""

    status = 500
    code = "INTERNAL"
    message = "Something went wrong on our side."

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        details: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.details = list(details)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})
        super().__init__(self.message)


class ValidationFailed(AcademyError):
    """400: malformed. `field` names what, as `body.title`, `query.limit` or `path.id`."""

    status = 400
    code = "VALIDATION_FAILED"
    message = "Some of what was sent is not valid."

    @classmethod
    def of(cls, field: str, message: str, type_: str = "value_error") -> "ValidationFailed":
        return cls(details=[{"field": field, "message": message, "type": type_}])


class Unauthenticated(AcademyError):
    status = 401
    code = "UNAUTHENTICATED"
    message = "Please sign in."

    def __init__(self, message: str | None = None, **options: Any) -> None:
        super().__init__(message, **{"headers": {"WWW-Authenticate": "Bearer"}, **options})


class PaymentRequired(AcademyError):
    status = 402
    code = "PAYMENT_REQUIRED"
    message = "This course has to be paid for first."


class Forbidden(AcademyError):
    status = 403
    code = "FORBIDDEN"
    message = "You may not do this."


class NotFound(AcademyError):
    """404: absent, or not for this caller to know of. `NotFound("course")` is `COURSE_NOT_FOUND`."""

    status = 404

    def __init__(self, thing: str, message: str | None = None) -> None:
        super().__init__(message or f"There is no such {thing.replace('_', ' ')}.", code=f"{thing.upper()}_NOT_FOUND")


class MethodNotAllowed(AcademyError):
    status = 405
    code = "METHOD_NOT_ALLOWED"
    message = "This address does not answer that method."


class Conflict(AcademyError):
    """409: the code names the clash."""

    status = 409

    def __init__(self, code: str, message: str, **options: Any) -> None:
        super().__init__(message, code=code, **options)


class Gone(AcademyError):
    status = 410
    code = "GONE"
    message = "This is no longer available."


class PreconditionFailed(AcademyError):
    status = 412
    code = "PRECONDITION_FAILED"
    message = "It has been changed since you read it. Read it again and repeat your change."


class BodyTooLarge(AcademyError):
    status = 413
    code = "BODY_TOO_LARGE"
    message = "The body is larger than 1 MiB."


class UnsupportedMediaType(AcademyError):
    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    message = "The body has to be application/json."


class RuleBroken(AcademyError):
    """422: well formed, but against a rule. The code names the rule."""

    status = 422

    def __init__(self, code: str, message: str, **options: Any) -> None:
        super().__init__(message, code=code, **options)


class RateLimited(AcademyError):
    status = 429
    code = "RATE_LIMITED"
    message = "Too many requests. Please wait a moment."

    def __init__(self, retry_after: int, message: str | None = None, *, extra_headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message, headers={"Retry-After": str(max(1, retry_after)), **(extra_headers or {})})


class Unavailable(AcademyError):
    """503: try again later; `retry_after` in seconds."""

    status = 503
    code = "TEMPORARILY_UNAVAILABLE"
    message = "The academy is waking up. Please try again in a few seconds."

    def __init__(self, message: str | None = None, *, retry_after: int = 5) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after)})
