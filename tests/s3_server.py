"""A real S3 server, moto's, in a process of its own, and plain requests to it, by no library for S3."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from service.config import Settings
from tests.servers import INHERITED, free_port
from tests.waiting import wait_until

# How many keys one answer lists: a thousand at AWS.
MAX_KEYS = 100
KEY_ID, SECRET = "test-key", "test-secret-key"


@dataclass
class S3Server:
    """A running server with its buckets in memory; `stop` and `start` keep the port, not the buckets."""

    log: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def create_bucket(self, bucket: str) -> None:
        requests.put(f"{self.url}/{bucket}", timeout=60).raise_for_status()

    def get(self, bucket: str, key: str) -> requests.Response:
        """Return what a client without our library is given."""
        answer = requests.get(f"{self.url}/{bucket}/{key}", timeout=60)
        answer.raise_for_status()
        return answer

    def put(self, bucket: str, key: str, content: bytes) -> str:
        """Write an object like a client without our library, and return its entity tag."""
        answer = requests.put(f"{self.url}/{bucket}/{key}", data=content, timeout=60)
        answer.raise_for_status()
        return answer.headers["ETag"].strip('"')

    def read_url(self, url: str) -> bytes:
        """Return what anybody is given at a URL."""
        answer = requests.get(url, timeout=60)
        answer.raise_for_status()
        return answer.content

    def unfinished_uploads(self, bucket: str) -> int:
        return requests.get(f"{self.url}/{bucket}?uploads", timeout=60).text.count("<UploadId>")

    def start(self) -> None:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        environ = {name: os.environ[name] for name in INHERITED if name in os.environ}
        environ["MOTO_S3_DEFAULT_MAX_KEYS"] = str(MAX_KEYS)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environ)
        wait_until(self._answers)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(self.log.read_text())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def settings(self, bucket: str, **others: Any) -> Settings:
        """Return settings with the bucket, which is created."""
        return Settings(**self.values_of_new_bucket(bucket), **others)

    def values_of_new_bucket(self, bucket: str) -> dict[str, Any]:
        """Return the values of the settings of a bucket, which is created."""
        self.create_bucket(bucket)
        return self.values(bucket)

    def values(self, bucket: str) -> dict[str, Any]:
        return {
            "media_storage": "s3",
            "s3_bucket": bucket,
            "s3_endpoint_url": self.url,
            "s3_access_key_id": KEY_ID,
            "s3_secret_access_key": SECRET,
        }


@contextmanager
def running_s3(folder: Path) -> Iterator[S3Server]:
    """Start a server and stop it in the end."""
    server = S3Server(folder / "s3.log")
    server.start()
    try:
        yield server
    finally:
        server.stop()
