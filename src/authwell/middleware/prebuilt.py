"""Answers for metadata and keys below Flask, with the blueprint's own bytes.

They are most of a busy server's requests, and nothing of a request changes them.
"""

from collections.abc import Callable, Iterable, Mapping
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from authwell.middleware.documents import PATHS, Document
from authwell.protocol.ports import StorageUnavailable

NOT_MODIFIED = "304 Not Modified"


class PrebuiltDocuments:
    """WSGI middleware: GET and HEAD of the public documents, everything else passed on."""

    def __init__(
        self, inner: WSGIApplication, current: Callable[[WSGIEnvironment], Mapping[str, Document]]
    ) -> None:
        """Answer with the documents that `current` gives for a request's tenant."""
        self._inner = inner
        self._current = current

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or pass on."""
        name = PATHS.get(environ["PATH_INFO"])
        method = environ["REQUEST_METHOD"]
        if name is None or method not in ("GET", "HEAD"):
            return self._inner(environ, start_response)
        try:
            found = self._current(environ)[name]
        except StorageUnavailable:
            # There never was a snapshot: Flask says so, and when to come again.
            return self._inner(environ, start_response)
        if environ.get("HTTP_IF_NONE_MATCH") == found.etag:
            start_response(NOT_MODIFIED, [item for item in found.headers if item[0] == "ETag"])
            return []
        start_response("200 OK", list(found.headers))
        return [found.body] if method == "GET" else []
