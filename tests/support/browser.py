"""A browser without scripts: it keeps cookies, fills forms and shows each redirect."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx2
from bs4 import BeautifulSoup, Tag

Fields = list[tuple[str, str]]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 12
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a page, as a browser would send it."""

    action: str
    method: str
    fields: Fields
    buttons: Fields

    @property
    def names(self) -> set[str]:
        """The names of its inputs and buttons."""
        return {name for name, _ in self.fields + self.buttons}

    def value(self, name: str) -> str:
        """The value of the only input of that name."""
        (value,) = [value for key, value in self.fields if key == name]
        return value

    def filled(self, values: Mapping[str, str | None], button: str | None) -> Fields:
        """Its fields with these values (None leaves a field out) and the button that was pressed."""
        known = {name for name, _ in self.fields}
        sent = [(name, values.get(name, value)) for name, value in self.fields]
        sent += [(name, value) for name, value in values.items() if name not in known]
        if button is not None:
            name, _, value = button.partition("=")
            pressed = [pair for pair in self.buttons if pair[0] == name and value in ("", pair[1])]
            if not pressed:
                raise LookupError(f"no button {button} among {self.buttons}")
            sent.append(pressed[0])
        return [(name, value) for name, value in sent if value is not None]


def text(element: Tag, name: str) -> str:
    """An attribute of an element, empty if it has none."""
    value = element.get(name)
    return value if isinstance(value, str) else ""


def soup(response: httpx2.Response) -> BeautifulSoup:
    """The page of a response."""
    return BeautifulSoup(response.text, "html.parser")


def forms(response: httpx2.Response) -> list[Form]:
    """The forms of a page, in its order."""
    found = []
    for element in soup(response).find_all("form"):
        fields = [
            (text(item, "name"), text(item, "value"))
            for item in element.find_all("input")
            if text(item, "name")
            and text(item, "type") not in ("submit", "button")
            and (text(item, "type") not in ("checkbox", "radio") or item.has_attr("checked"))
        ]
        buttons = [
            (text(item, "name"), text(item, "value"))
            for item in element.find_all(["button", "input"])
            if text(item, "name") and (item.name == "button" or text(item, "type") == "submit")
        ]
        action = urljoin(str(response.url), text(element, "action") or str(response.url))
        found.append(Form(action, (text(element, "method") or "get").upper(), fields, buttons))
    return found


def form_with(response: httpx2.Response, *names: str) -> Form:
    """The first form of a page that has all these inputs or buttons."""
    for form in forms(response):
        if form.names.issuperset(names):
            return form
    title = " ".join(soup(response).get_text(" ").split())[:300]
    raise LookupError(f"no form with {names} on {response.status_code} {response.url}: {title}")


def has_form(response: httpx2.Response, *names: str) -> bool:
    """Whether a page has a form with all these inputs or buttons."""
    return any(form.names.issuperset(names) for form in forms(response))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the authorization endpoint sent to the client's redirect URI."""

    location: str
    uri: str
    pairs: Fields
    response: httpx2.Response

    @property
    def params(self) -> dict[str, str]:
        """The parameters; a repeated one is an error of the server."""
        params = dict(self.pairs)
        if len(params) != len(self.pairs):
            raise AssertionError(f"repeated parameters in {self.location}")
        return params

    @property
    def code(self) -> str:
        """The code, which a test expects to be there."""
        return self.params["code"]


def answer(response: httpx2.Response) -> Answer:
    """Read a redirect to a client, by query or by fragment."""
    if response.status_code not in REDIRECTS:
        page = " ".join(soup(response).get_text(" ").split())[:300]
        raise AssertionError(f"no redirect but {response.status_code} {response.url}: {page}")
    location = response.headers["location"]
    parts = urlsplit(location)
    uri = parts._replace(query="", fragment="").geturl()
    pairs = parse_qsl(parts.fragment or parts.query, keep_blank_values=True, strict_parsing=False)
    return Answer(location, uri, pairs, response)


@dataclass(slots=True)
class Browser:
    """One person's browser at one site."""

    http: httpx2.Client
    issuer: str
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | Fields | None = None,
        data: Mapping[str, str] | Fields | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send one request with the cookies, and keep what the answer sets."""
        sent = {"Accept": ACCEPT} | self.headers | dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = encoded(data) if data is not None else None
        if body is not None:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        response = self.http.request(
            method,
            urljoin(self.issuer + "/", url),
            params=None if params is None else encoded(params),
            content=body,
            headers=sent,
        )
        self._keep(response.headers.get_list("set-cookie"))
        return response

    def get(self, url: str, params: Mapping[str, str] | Fields | None = None) -> httpx2.Response:
        """GET without following."""
        return self.request("GET", url, params=params)

    def _keep(self, lines: Iterable[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or "1970" in morsel["expires"] or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value

    def is_own(self, url: str) -> bool:
        """Whether a URL lies under the issuer."""
        return url == self.issuer or url.startswith(self.issuer + "/")

    def follow(self, response: httpx2.Response) -> httpx2.Response:
        """Follow redirects within the server; the one that leaves it is returned."""
        for _ in range(MOST_REDIRECTS):
            if response.status_code not in REDIRECTS:
                return response
            target = urljoin(str(response.url), response.headers["location"])
            if not self.is_own(target):
                return response
            response = self.request("GET", target)
        raise AssertionError(f"too many redirects, the last to {response.headers['location']}")

    def open(self, url: str, params: Mapping[str, str] | Fields | None = None) -> httpx2.Response:
        """GET and follow within the server."""
        return self.follow(self.get(url, params))

    def submit(
        self,
        page: httpx2.Response,
        values: Mapping[str, str | None],
        button: str | None = None,
        form: Form | None = None,
    ) -> httpx2.Response:
        """Send a form of a page (the one with these inputs) without following."""
        if form is None:
            wanted = [name for name in values if values[name] is not None]
            form = form_with(page, *wanted, *([button.partition("=")[0]] if button else []))
        fields = form.filled(values, button)
        if form.method == "GET":
            return self.request("GET", form.action, params=fields)
        # Browsers hide the origin of a form on a page that sends no referrer (Fetch, Origin).
        hidden = page.headers.get("referrer-policy") == "no-referrer"
        parts = urlsplit(self.issuer)
        origin = "null" if hidden else f"{parts.scheme}://{parts.netloc}"
        return self.request("POST", form.action, data=fields, headers={"Origin": origin})

    def log_in(self, page: httpx2.Response, username: str, password: str) -> httpx2.Response:
        """Fill in the login form and follow to the next page or to the client."""
        return self.follow(self.submit(page, {"username": username, "password": password}))

    def allow(self, page: httpx2.Response) -> httpx2.Response:
        """Press the button of the consent page that allows."""
        return self.follow(self.submit(page, {}, button="decision=allow"))

    def cancel(self, page: httpx2.Response) -> httpx2.Response:
        """Press the button that refuses."""
        return self.follow(self.submit(page, {}, button="cancel"))


def encoded(data: Mapping[str, str] | Fields) -> bytes:
    """Form fields as a body, repeated names included."""
    pairs = list(data.items()) if isinstance(data, Mapping) else list(data)
    return urlencode(pairs).encode()
