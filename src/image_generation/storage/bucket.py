"""Where a bucket is, and what opens it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket of S3 or of what speaks as it does; keys begin with `prefix` and "/".

    Without an endpoint it is Amazon's, and what is None is found as boto3 finds it. `timeout` is in
    seconds, for each answer. `hands_out`: whether browsers are sent there, by signed addresses.
    """

    name: str
    prefix: str = ""
    region: str | None = None
    endpoint_url: str | None = None
    access_key_id: str | None = field(default=None, repr=False)
    secret_access_key: str | None = field(default=None, repr=False)
    timeout: float = 20.0
    hands_out: bool = False
