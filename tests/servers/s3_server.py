"""A server that speaks as S3 does, in a process of its own: moto's."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from uuid import uuid4

from image_generation.storage.bucket import Bucket

ACCESS_KEY_ID = "AKIDEXAMPLE"
SECRET_ACCESS_KEY = "wJalrXUtnFEMI-s3-secret"  # noqa: S105 - opens a bucket of the tests

_SERVER = """
import logging
import os
import sys

os.environ["MOTO_S3_DEFAULT_MAX_KEYS"] = "100"  # long listings come in pages, and soon
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").disabled = True
server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class S3Server:
    """A running server."""

    port: int

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    def bucket(self, **changes: str | float | None) -> Bucket:
        """Make a bucket with nothing in it, and say how it is reached."""
        name = f"pictures-{uuid4().hex}"
        with closing(HTTPConnection("127.0.0.1", self.port)) as connection:
            connection.request("PUT", f"/{name}")
            assert connection.getresponse().status == 200
        values = {
            "name": name,
            "endpoint_url": self.url,
            "access_key_id": ACCESS_KEY_ID,
            "secret_access_key": SECRET_ACCESS_KEY,
        }
        return Bucket(**{**values, **changes})  # type: ignore[arg-type]  # mypy takes all for one


def settings_of(bucket: Bucket) -> dict[str, str]:
    """Tell the command to keep its pictures there."""
    assert bucket.endpoint_url is not None
    assert bucket.access_key_id is not None
    assert bucket.secret_access_key is not None
    return {
        "STORAGE_BACKEND": "s3",
        "S3_BUCKET": bucket.name,
        "S3_PREFIX": bucket.prefix,
        "S3_ENDPOINT_URL": bucket.endpoint_url,
        "S3_ACCESS_KEY_ID": bucket.access_key_id,
        "S3_SECRET_ACCESS_KEY": bucket.secret_access_key,
        "S3_TIMEOUT": str(bucket.timeout),
    }


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Serve on a free port until the end of the block."""
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield S3Server(int(process.stdout.readline()))
        process.terminate()
