"""A small S3 in memory: one account, one object a key, uploads in parts; it sees what is asked.

It speaks what obstore asks of it (docs.aws.amazon.com/AmazonS3/latest/API): PutObject with
`If-None-Match: *`, CreateMultipartUpload and what follows, GetObject with a range, HeadObject,
ListObjectsV2, DeleteObject(s). Signatures are not computed: the access key alone is compared.
"""

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from support.web import web_server

ACCESS_KEY, SECRET_KEY = "someone", "sees-it-8443"
OWN = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass
class Bucket:
    """What is there: objects by `BUCKET/KEY`, parts of uploads by id, and every request so far.

    `fault(method, path with query)` may return a status to answer with instead, or wait.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    fault: Callable[[str, str], int | None] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class S3Handler(BaseHTTPRequestHandler):
    """Answers for the bucket; a test has a class of its own."""

    bucket: Bucket
    protocol_version = "HTTP/1.1"

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", headers.get("size", str(len(body))))
        self.end_headers()
        if self.command != "HEAD":
            with suppress(ConnectionError):  # of a client that was killed
                self.wfile.write(body)

    def _xml(self, name: str, content: str) -> None:
        text = f'<?xml version="1.0"?><{name} xmlns="{OWN}">{content}</{name}>'
        self._answer(200, text.encode(), content_type="application/xml")

    def _refuse(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code></Error>".encode())

    def _asked(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        address = urlsplit(self.path)
        key = unquote(address.path).lstrip("/")
        query = {k: v[0] for k, v in parse_qs(address.query, keep_blank_values=True).items()}
        with self.bucket.lock:
            self.bucket.asked.append(f"{self.command} {self.path}")
        status = self.bucket.fault(self.command, self.path) if self.bucket.fault else None
        if f"Credential={ACCESS_KEY}/" not in (self.headers.get("authorization") or ""):
            status = 403
        if status is not None:
            self._refuse(status, "AccessDenied" if status == 403 else "InternalError")
            return
        with self.bucket.lock:
            {"GET": self._get, "HEAD": self._head, "DELETE": self._delete}.get(
                self.command, self._write
            )(key, query, body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _asked  # noqa: N815 - the library's names

    def _write(self, key: str, query: dict[str, str], body: bytes) -> None:
        if "uploads" in query:
            name = f"upload-{len(self.bucket.asked)}"
            self.bucket.uploads[name] = {}
            self._xml("InitiateMultipartUploadResult", f"<UploadId>{name}</UploadId>")
        elif "partNumber" in query:
            self.bucket.uploads[query["uploadId"]][int(query["partNumber"])] = body
            self._answer(200, ETag=_tag(body))
        elif "uploadId" in query:
            parts = self.bucket.uploads.pop(query["uploadId"])
            self.bucket.objects[key] = b"".join(parts[number] for number in sorted(parts))
            self._xml("CompleteMultipartUploadResult", f"<ETag>{_tag(key)}</ETag>")
        elif "delete" in query:
            names = [name.decode() for name in re.findall(rb"<Key>(.*?)</Key>", body)]
            for name in names:
                self.bucket.objects.pop(f"{key.rstrip('/')}/{name}", None)
            gone = [f"<Deleted><Key>{name}</Key></Deleted>" for name in names]
            self._xml("DeleteResult", "".join(gone))
        elif self.headers.get("if-none-match") == "*" and key in self.bucket.objects:
            self._refuse(412, "PreconditionFailed")
        else:
            self.bucket.objects[key] = body
            self._answer(200, ETag=_tag(body))

    def _head(self, key: str, _query: dict[str, str], _body: bytes) -> None:
        if key in self.bucket.objects:
            self._answer(200, self.bucket.objects[key], **_about(self.bucket.objects[key]))
        else:
            self._answer(404)

    def _get(self, key: str, query: dict[str, str], _body: bytes) -> None:
        if "list-type" in query:
            self._list(key.rstrip("/"), query.get("prefix", ""))
        elif key not in self.bucket.objects:
            self._refuse(404, "NoSuchKey")
        elif found := re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("range") or ""):
            whole, first, last = self.bucket.objects[key], int(found[1]), int(found[2])
            told = f"bytes {first}-{min(last, len(whole) - 1)}/{len(whole)}"
            self._answer(
                206, whole[first : last + 1], Content_Range=told, **_about(self.bucket.objects[key])
            )
        else:
            self._answer(200, self.bucket.objects[key], **_about(self.bucket.objects[key]))

    def _list(self, name: str, prefix: str) -> None:
        found = [
            f"<Contents><Key>{escape(key.removeprefix(f'{name}/'))}</Key>"
            f"<Size>{len(content)}</Size><ETag>{_tag(content)}</ETag>"
            f"<LastModified>{time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime())}"
            "</LastModified></Contents>"
            for key, content in sorted(self.bucket.objects.items())
            if key.startswith(f"{name}/{prefix}")
        ]
        self._xml("ListBucketResult", "<IsTruncated>false</IsTruncated>" + "".join(found))

    def _delete(self, key: str, query: dict[str, str], _body: bytes) -> None:
        if "uploadId" in query:
            self.bucket.uploads.pop(query["uploadId"], None)
        else:
            self.bucket.objects.pop(key, None)
        self._answer(204)


@contextmanager
def own_s3() -> Iterator[tuple[Bucket, str]]:
    """A store that knows ACCESS_KEY alone, as long as it is open, and its address."""
    bucket = Bucket()
    with web_server(type("Handler", (S3Handler,), {"bucket": bucket})) as url:
        yield bucket, url


def _tag(content: Any) -> str:
    data = content if isinstance(content, bytes) else str(content).encode()
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def _about(content: bytes) -> dict[str, str]:
    return {"ETag": _tag(content), "Last_Modified": "Sat, 28 Nov 2026 09:00:00 GMT"}
