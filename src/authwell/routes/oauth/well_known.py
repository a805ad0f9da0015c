"""Server metadata and keys (OpenID Connect Discovery section 4, RFC 8414, RFC 7517).

The bytes are made once for each snapshot; `middleware.prebuilt` answers with the same ones
before Flask sees the request.
"""

from flask import Blueprint, Response, request

from authwell.middleware.context import site
from authwell.middleware.documents import PATHS, documents_of

blueprint = Blueprint("oauth_well_known", __name__)


def document() -> Response:
    """One of the public documents, revalidated by its ETag."""
    found = documents_of(site(), request.environ)[PATHS[request.path]]
    response = Response(found.body, headers=found.headers)
    response.make_conditional(request)
    return response


for path in PATHS:
    blueprint.add_url_rule(path, endpoint=path.replace(".", "_"), view_func=document)
