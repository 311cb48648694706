"""What callers are told of a fault: our own words, and whether it may have cost something."""

from collections.abc import Mapping

from image_generation.domain.errors import (
    ProviderAuthFailed,
    ProviderBusy,
    ProviderError,
    ProviderQuotaExceeded,
    ProviderRejected,
    ProviderTimedOut,
    ProviderUnavailable,
    ResultLost,
)
from image_generation.providers.replicate.faults import Fault, Refused, TooSlow, Unreadable, Unsent

_Verdict = tuple[type[ProviderError], str]

_BY_STATUS: Mapping[int, _Verdict] = {
    401: (ProviderAuthFailed, "Replicate does not accept the API token."),
    402: (ProviderQuotaExceeded, "The account at Replicate has no credit left."),
    403: (ProviderAuthFailed, "The API token may not do this at Replicate."),
    404: (ProviderRejected, "Replicate has no such model."),
    429: (ProviderBusy, "Replicate asks for a pause."),
}


def sending_failed(fault: Fault, names: Mapping[str, str]) -> ProviderError:
    """Say why work was not taken on; `names` are ours for the model's inputs."""
    return _error(fault, _verdict(fault, names), charged=False if fault.declined else None)


def uploading_failed(fault: Fault) -> ProviderError:
    """Say why a picture to start from was not taken; nothing was asked for yet."""
    match fault:
        case Refused(status=404):
            verdict: _Verdict = ProviderRejected, "Replicate takes no files at this address."
        case Refused():
            verdict = _verdict(fault, {})
        case _:
            verdict = ProviderUnavailable, "The picture to start from did not reach Replicate."
    return _error(fault, verdict, charged=False)


def asking_failed(fault: Fault) -> ProviderError:
    """Say why work cannot be asked after: whatever the answer, it was sent and may be charged."""
    verdict = _verdict(fault, {})
    if isinstance(fault, Refused) and fault.status == 404:
        verdict = (ResultLost, "Replicate does not know the work any more.")
    return _error(fault, verdict, charged=None)


def _error(fault: Fault, verdict: _Verdict, *, charged: bool | None) -> ProviderError:
    kind, message = verdict
    retry_after = fault.retry_after if isinstance(fault, Refused) else None
    return kind(message, provider="replicate", retry_after=retry_after, charged=charged)


def _verdict(fault: Fault, names: Mapping[str, str]) -> _Verdict:
    match fault:
        case Refused(status=status) if status in _BY_STATUS:
            verdict = _BY_STATUS[status]
        case Refused(status=status) if status >= 500:
            verdict = ProviderUnavailable, f"Replicate has a fault of its own (status {status})."
        case Refused():
            verdict = ProviderRejected, _rejection(fault, names)
        case Unreadable():
            verdict = ResultLost, "Replicate answered in a way that cannot be read."
        case TooSlow():
            verdict = ProviderTimedOut, "Replicate did not answer in time."
        case Unsent():
            verdict = ProviderUnavailable, "Replicate cannot be reached."
        case _:
            verdict = ProviderUnavailable, "The connection to Replicate was lost."
    return verdict


def _rejection(fault: Refused, names: Mapping[str, str]) -> str:
    if fault.about_version:
        return "Replicate has no such version of the model, or the API token may not run it."
    if wrong := sorted({names[name] for name in fault.inputs if name in names}):
        return f"Replicate does not accept the value of {', '.join(wrong)}."
    return f"Replicate does not accept the request (status {fault.status})."
