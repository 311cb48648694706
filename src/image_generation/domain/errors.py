"""Every error raised on purpose, with the stable code that callers see.

ImageGenerationError            INTERNAL_SERVER_ERROR
├─ RequestRefused               the request was not accepted; nothing happened
│  ├─ InvalidInput              BAD_USER_INPUT
│  ├─ NotFound                  NOT_FOUND
│  ├─ Unauthenticated           UNAUTHENTICATED
│  ├─ Forbidden                 FORBIDDEN
│  ├─ RateLimited               RATE_LIMITED
│  ├─ BudgetExceeded            BUDGET_EXCEEDED
│  ├─ Conflict                  CONFLICT
│  ├─ Unsupported               UNSUPPORTED
│  └─ ProviderNotConfigured     PROVIDER_NOT_CONFIGURED
└─ WorkFailed                   accepted work that came to nothing
   ├─ ProviderError
   │  ├─ ProviderAuthFailed     PROVIDER_AUTH
   │  ├─ ProviderRejected       PROVIDER_REJECTED
   │  ├─ ProviderBusy           PROVIDER_BUSY
   │  ├─ ProviderQuotaExceeded  PROVIDER_QUOTA
   │  ├─ ProviderUnavailable    PROVIDER_UNAVAILABLE
   │  ├─ ProviderTimedOut       PROVIDER_TIMEOUT
   │  ├─ ContentRejected        CONTENT_REJECTED
   │  └─ ResultLost             RESULT_LOST
   ├─ SourceGone                NOT_FOUND
   ├─ StorageFailed             STORAGE_FAILED
   ├─ WorkCanceled              CANCELED
   └─ UnexpectedFailure         INTERNAL_SERVER_ERROR
"""

from enum import StrEnum
from typing import ClassVar

from typing_extensions import override


class ErrorCode(StrEnum):
    """What went wrong, in one stable word."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    RATE_LIMITED = "RATE_LIMITED"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    CONFLICT = "CONFLICT"
    UNSUPPORTED = "UNSUPPORTED"
    PROVIDER_NOT_CONFIGURED = "PROVIDER_NOT_CONFIGURED"
    PROVIDER_AUTH = "PROVIDER_AUTH"
    PROVIDER_REJECTED = "PROVIDER_REJECTED"
    PROVIDER_BUSY = "PROVIDER_BUSY"
    PROVIDER_QUOTA = "PROVIDER_QUOTA"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    PROVIDER_TIMEOUT = "PROVIDER_TIMEOUT"
    CONTENT_REJECTED = "CONTENT_REJECTED"
    RESULT_LOST = "RESULT_LOST"
    STORAGE_FAILED = "STORAGE_FAILED"
    CANCELED = "CANCELED"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


class ImageGenerationError(Exception):
    """The root. Its message is written for people and shown to callers as it is."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL_SERVER_ERROR

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RequestRefused(ImageGenerationError):
    """The request was not accepted: nothing was created, sent or charged."""


class InvalidInput(RequestRefused):
    """A value is wrong. `field` is its name in snake case, `right` says what would do."""

    code = ErrorCode.BAD_USER_INPUT

    def __init__(self, field: str, fault: str, right: str) -> None:
        super().__init__(f"{fault} {right}")
        self.field = field
        self.fault = fault
        self.right = right


class NotFound(RequestRefused):
    """There is no such thing, or it is not the caller's."""

    code = ErrorCode.NOT_FOUND

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Unauthenticated(RequestRefused):
    """Nobody knows who asks."""

    code = ErrorCode.UNAUTHENTICATED


class Forbidden(RequestRefused):
    """The caller may not do this."""

    code = ErrorCode.FORBIDDEN


class RateLimited(RequestRefused):
    """Too much at once. `retry_after`: seconds to wait."""

    code = ErrorCode.RATE_LIMITED

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BudgetExceeded(RequestRefused):
    """It may cost more than is left. `retry_after`: seconds until the budget renews, if it does."""

    code = ErrorCode.BUDGET_EXCEEDED

    def __init__(self, message: str, *, retry_after: float | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Conflict(RequestRefused):
    """The request contradicts an earlier one."""

    code = ErrorCode.CONFLICT


class Unsupported(RequestRefused):
    """The model or provider cannot do this."""

    code = ErrorCode.UNSUPPORTED

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ProviderNotConfigured(RequestRefused):
    """The provider is known and lacks what it needs, a key for instance."""

    code = ErrorCode.PROVIDER_NOT_CONFIGURED


class WorkFailed(ImageGenerationError):
    """Accepted work came to nothing; this becomes the row's error.

    `retryable`: asking again may succeed. `retry_after`: seconds to wait first.
    `charged`: whether the provider charges for it; None when that is not known. Work is repeated
    unasked only when it is retryable and surely not charged.
    """

    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        retry_after: float | None = None,
        charged: bool | None = False,
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.retry_after = retry_after
        self.charged = charged

    @property
    def repeatable(self) -> bool:
        """Whether the work may be done again unasked."""
        return self.retryable and self.charged is False


class ProviderError(WorkFailed):
    """The provider did not deliver."""


class ProviderAuthFailed(ProviderError):
    """The provider does not accept the key."""

    code = ErrorCode.PROVIDER_AUTH


class ProviderRejected(ProviderError):
    """The provider does not accept the request."""

    code = ErrorCode.PROVIDER_REJECTED


class ProviderBusy(ProviderError):
    """The provider asks to come back later."""

    code = ErrorCode.PROVIDER_BUSY
    retryable = True


class ProviderQuotaExceeded(ProviderError):
    """The account at the provider has no money or quota left."""

    code = ErrorCode.PROVIDER_QUOTA


class ProviderUnavailable(ProviderError):
    """The provider is down or cannot be reached."""

    code = ErrorCode.PROVIDER_UNAVAILABLE
    retryable = True


class ProviderTimedOut(ProviderError):
    """The provider took longer than the deadline."""

    code = ErrorCode.PROVIDER_TIMEOUT
    retryable = True

    @property
    @override
    def repeatable(self) -> bool:
        """Never: it would only take as long again."""
        return False


class ContentRejected(ProviderError):
    """The provider refuses to draw this."""

    code = ErrorCode.CONTENT_REJECTED


class ResultLost(ProviderError):
    """The picture may have been made and cannot be had any more."""

    code = ErrorCode.RESULT_LOST
    retryable = True


class SourceGone(WorkFailed):
    """The picture that the work was to start from was deleted before it was sent."""

    code = ErrorCode.NOT_FOUND


class StorageFailed(WorkFailed):
    """The picture was made and could not be kept."""

    code = ErrorCode.STORAGE_FAILED
    retryable = True


class WorkCanceled(WorkFailed):
    """Somebody asked for it to stop."""

    code = ErrorCode.CANCELED
    retryable = True


class UnexpectedFailure(WorkFailed):
    """A fault of this service; `reference` is found in its log."""

    code = ErrorCode.INTERNAL_SERVER_ERROR
    retryable = True

    def __init__(self, reference: str, *, charged: bool | None) -> None:
        super().__init__(f"Something went wrong here. Reference: {reference}.", charged=charged)
        self.reference = reference

    @property
    @override
    def repeatable(self) -> bool:
        """Never: the same fault would come again."""
        return False
