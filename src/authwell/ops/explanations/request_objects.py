"""Rules of request objects."""

from authwell.ops.explanations.model import Explanation, Explanations

REQUEST_OBJECTS: Explanations = {
    "request_not_supported": Explanation(
        "Request objects are sent only where the metadata offer them.",
        "OpenID Connect Core section 3.1.2.6",
        "The application sends plain parameters; the tenant's policy has request_objects: false.",
    ),
    "request_uri_not_supported": Explanation(
        "request_uri is sent only where the metadata offer it.",
        "OpenID Connect Core section 3.1.2.6",
        "The application sends plain parameters; the tenant's policy has request_objects: false.",
    ),
    "request_object_needed": Explanation(
        "A client that is registered with require_signed_request_object sends one.",
        "RFC 9101 section 10.5",
        "The application signs its requests, or an administrator takes the demand away.",
    ),
    "request_object_twice": Explanation(
        "A request object comes by value or by reference, not both.",
        "RFC 9101 section 5",
        "The application sends request or request_uri.",
    ),
    "request_uri_unregistered": Explanation(
        "request_uri is one that the client registered, of at most 512 characters.",
        "OpenID Connect Core section 6.2, RFC 9101 section 5.2",
        "Add it to request_uris of the client. A fragment marks a version: registered without "
        "one, the address is good for all versions.",
    ),
    "request_uri_unavailable": Explanation(
        "What request_uri names can be fetched: https, a public address, status 200, no redirect, "
        "64 KiB, 3 seconds.",
        "RFC 9101 sections 5.2.3 and 10.4",
        "The reason says what failed. A private host needs a line in OUTGOING_ALLOW.",
    ),
    "invalid_request_uri": Explanation(
        "request_uri is registered and gives a request object.",
        "RFC 9101 section 7",
        "Compare it with request_uris of the client, and open it by another client.",
    ),
    "invalid_request_object": Explanation(
        "A request object is the client's, for this issuer, and within its time.",
        "RFC 9101 section 7",
        "Make it by a library for RFC 9101, with the key that the client has registered.",
    ),
    "request_object_malformed": Explanation(
        "A request object is a signed JWT whose members have the types of their parameters.",
        "RFC 9101 sections 4 and 6",
        "The application makes it by a library: strings, max_age as a number, claims as an object.",
    ),
    "request_object_algorithm": Explanation(
        "A request object is signed by an algorithm that the policy allows, and by the client's "
        "own if it registered one.",
        "RFC 9101 section 10.1, OpenID Connect Registration section 2",
        "Use one of the metadata's request_object_signing_alg_values_supported; compare with "
        "request_object_signing_alg of the client. An unsigned object needs the profile "
        "oidc_classic and request_object_signing_alg: none.",
    ),
    "request_object_encryption": Explanation(
        "An encrypted request object is a signed one, encrypted to a published key with use: enc.",
        "RFC 9101 section 6.1",
        "The tenant's policy has request_object_encryption: true; the application takes the key "
        "from jwks_uri, the algorithms from the metadata, and compresses nothing.",
    ),
    "request_object_signature": Explanation(
        "A request object is signed by a key of its client.",
        "RFC 9101 section 6.2",
        "Compare kid and key with jwks or jwks_uri of the client.",
    ),
    "request_object_purpose": Explanation(
        "A request object is made by the client, as a request, for this issuer.",
        "RFC 9101 sections 4 and 10.8",
        "iss is the client_id, aud the issuer, sub is left out, and typ is "
        "oauth-authz-req+jwt, JWT or left out.",
    ),
    "request_object_parameters": Explanation(
        "A request object says who asks, and nothing else than what stands beside it about "
        "client_id and response_type; it has no request of its own.",
        "RFC 9101 sections 4 and 5, OpenID Connect Core section 6.1",
        "Put all parameters into the object. Beside it stand client_id, and for OpenID Connect "
        "response_type and a scope with openid.",
    ),
    "request_object_expired": Explanation(
        "A request object is used within its own time.",
        "RFC 9101 section 6.2, RFC 7519 section 4.1",
        "Make a new one for each request, and set the clocks of both machines.",
    ),
}
