"""The machine endpoints below Flask (docs/decisions/0009).

Services call these most often, and what Flask does for a request costs as much as the engine.
The functions are those of the blueprints (`token.py`, `userinfo.py`); what surrounds a request
there, limits, errors, headers, figures and the log, are the same functions of `middleware` as
well. Every request that is not plainly one to them, such as a preflight, goes on to Flask.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from authwell.middleware.calls import STATUS_LINES, Answer, read_body, read_call
from authwell.middleware.context import Site
from authwell.middleware.cors import Origins
from authwell.middleware.failures import failure_of, oauth_failure
from authwell.middleware.headers import headers_of_data
from authwell.middleware.limits.counting import Limits
from authwell.middleware.metrics import note_answer
from authwell.routes.oauth.token import ENDPOINTS, Endpoint
from authwell.routes.oauth.userinfo import USERINFO


class MachineEndpoints:
    """WSGI middleware: answers machine endpoints that are switched on, passes on all else."""

    def __init__(self, inner: WSGIApplication, site: Site, limits: Limits) -> None:
        """Take what the endpoints of one process share."""
        self._inner = inner
        self._site = site
        self._limits = limits
        self._origins = Origins.of(site)
        self._endpoints = {
            endpoint.path: endpoint
            for endpoint in (*ENDPOINTS, USERINFO)
            if endpoint.is_on(site.settings)
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or pass on."""
        endpoint = self._endpoints.get(environ["PATH_INFO"])
        if endpoint is None or environ["REQUEST_METHOD"] not in endpoint.methods:
            return self._inner(environ, start_response)
        if self._is_in_clear(environ):
            return self._inner(environ, start_response)
        answer = self._answer(endpoint, environ)
        note_answer(environ, endpoint.name, answer.status, answer.facts)
        headers = [
            *answer.headers,
            ("Content-Length", str(len(answer.body))),
            *headers_of_data(environ, self._site.settings),
            *self._origins.headers(environ),
        ]
        start_response(STATUS_LINES[answer.status], headers)
        return [answer.body]

    def _answer(self, endpoint: Endpoint, environ: WSGIEnvironment) -> Answer:
        try:
            call = read_call(environ, read_body(environ))
            return endpoint.answer(self._site, self._limits, call)
        except Exception as error:  # noqa: BLE001 - it is logged, reported and answered
            return oauth_failure(failure_of(error, environ))

    def _is_in_clear(self, environ: WSGIEnvironment) -> bool:
        """Plain http to an issuer of https, which Flask refuses."""
        return self._site.settings.is_https and environ["wsgi.url_scheme"] != "https"
