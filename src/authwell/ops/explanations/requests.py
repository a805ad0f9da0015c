"""Rules of every request, of our APIs, and of the server's own state."""

from authwell.ops.explanations.model import Explanation, Explanations

_API = "API_DOCUMENTATION.md, clients"
_OPERATION = "OPS.md"

REQUESTS: Explanations = {
    "invalid_request": Explanation(
        "Each parameter is there, well-formed and agrees with the others.",
        "RFC 6749 section 5.2",
        "What was compared names the parameter.",
    ),
    "missing_parameter": Explanation(
        "The parameters that the endpoint needs are there.",
        "RFC 6749 section 5.2",
        "What was compared names the parameter; an empty one counts as missing.",
    ),
    "repeated_parameter": Explanation(
        "A parameter stands once; only resource may be repeated.",
        "RFC 6749 section 3.2",
        "Look for a parameter that is both in a fixed URL and added by the library.",
    ),
    "control_characters": Explanation(
        "Parameters are text without control characters or halves of characters.",
        "RFC 6749 appendix A",
        "Look for a value that was cut or encoded twice.",
    ),
    "parameters_in_query": Explanation(
        "Parameters of a POST endpoint are in its body, where no log sees them.",
        "RFC 6749 section 3.2",
        "Move them from the URL into the form.",
    ),
    "parameters_unreadable": Explanation(
        "The parameters are UTF-8, form-encoded, and not too many.",
        "RFC 6749 appendix B",
        "Encode them by a library and not by hand.",
    ),
    "content_type": Explanation(
        "The body is a form.",
        "RFC 6749 section 3.2",
        "Send Content-Type: application/x-www-form-urlencoded, not JSON.",
    ),
    "body_too_large": Explanation(
        "A body has at most 64 KiB.",
        "RFC 9110 section 15.5.14",
        "Look for an upload, or a loop that appends to a parameter.",
    ),
    "length_required": Explanation(
        "The length of a body is said.",
        "RFC 9110 section 15.5.12",
        "Send Content-Length.",
    ),
    "content_length": Explanation(
        "Content-Length is a number.",
        "RFC 9110 section 8.6",
        "Look at the proxy in between.",
    ),
    "method_not_allowed": Explanation(
        "The address takes this method.",
        "RFC 9110 section 15.5.6",
        "Use the method of the documentation; the Allow header lists them.",
    ),
    "not_acceptable": Explanation(
        "The answer has a form that the caller accepts.",
        "RFC 9110 section 15.5.7",
        "Accept application/json or text/html.",
    ),
    "unsupported_media_type": Explanation(
        "The body is of a type that the address reads.",
        "RFC 9110 section 15.5.16",
        "Send Content-Type: application/json.",
    ),
    "not_found": Explanation(
        "There is such an address, or such a thing in the tenant.",
        "RFC 9110 section 15.5.5",
        "Compare the path, and the id, with what the server lists.",
    ),
    "not_authenticated": Explanation(
        "The caller is known.",
        "RFC 9110 section 15.5.2",
        "Send a token, or log in.",
    ),
    "forbidden": Explanation(
        "The caller may do this.",
        "RFC 9110 section 15.5.4",
        "Ask an administrator.",
    ),
    "already_blocked": Explanation(
        "One block names an address, a network, an account or a client.",
        _API,
        "Lift the present one first, or leave it as it is.",
    ),
    "conflict": Explanation(
        "Nobody else changed the same thing meanwhile.",
        "RFC 9110 section 15.5.10",
        "Read it again and send the request again.",
    ),
    "invalid": Explanation(
        "The values of the body are right.",
        "RFC 9110 section 15.5.21",
        "The answer names each member.",
    ),
    "bad_request": Explanation(
        "The request can be read.",
        "RFC 9110 section 15.5.1",
        "Look for an odd encoding, or a proxy that changes requests.",
    ),
    "refused": Explanation(
        "The request is one that the server takes.",
        "RFC 9110 section 15.5",
        "The status of the answer says which rule of HTTP it is about.",
    ),
    "too_many_requests": Explanation(
        "A caller stays within its limit.",
        "RFC 6585 section 4",
        "Wait as Retry-After says. Limits are RATE_LIMIT_... in the settings; behind a proxy "
        "set TRUSTED_PROXIES, or all people share one address.",
    ),
    "address_blocked": Explanation(
        "Addresses that the operator or an administrator has blocked get no answer.",
        "RFC 9110 section 15.5.4",
        "The networks are those of BLOCKED_ADDRESSES and of `authwell block list`; behind a proxy set "
        "TRUSTED_PROXIES, or the proxy's own address is the one that is compared.",
    ),
    "address_locked": Explanation(
        "An address that failed too often to log in waits, whatever the account.",
        "NIST SP 800-63B-4 section 3.2.2",
        "Wait as Retry-After says. The limit is ADDRESS_LOCKOUT_ATTEMPTS; behind a proxy set "
        "TRUSTED_PROXIES, or all people share one address.",
    ),
    "too_busy": Explanation(
        "Only so many passwords are hashed at once.",
        _OPERATION,
        "Wait as Retry-After says; more workers or cores hash more.",
    ),
    "server_error": Explanation(
        "The server finds an answer.",
        "RFC 9110 section 15.6.1",
        "It is a fault of ours: the line `fault` of the same request has the trace. Report it.",
    ),
    "unavailable": Explanation(
        "The database answers.",
        "RFC 9110 section 15.6.4",
        "Look at `/health/db` and at the line `storage.unavailable` of the same request.",
    ),
    "unknown_host": Explanation(
        "The request names a host that is this server's.",
        "RFC 9110 section 7.2",
        "Set ISSUER to the address that people use, or add the host to ALLOWED_HOSTS.",
    ),
    "forwarded_for": Explanation(
        "X-Forwarded-For of a trusted proxy holds addresses.",
        _OPERATION,
        "Configure the proxy as the shipped nginx configuration does.",
    ),
    "forwarded_scheme": Explanation(
        "X-Forwarded-Proto of a trusted proxy is http or https, once.",
        _OPERATION,
        "Configure the proxy as the shipped nginx configuration does.",
    ),
    "repeated_certificate": Explanation(
        "CLIENT_CERT_HEADER stands once.",
        _OPERATION,
        "Let the proxy set the header and drop what clients send under its name.",
    ),
    "invalid_client_metadata": Explanation(
        "Each member of a client has a value that its profile allows.",
        "RFC 7591 section 3.2.2",
        "The answer names each member and what it may be.",
    ),
    "invalid_redirect_uri": Explanation(
        "A redirect URI is https, http on loopback, or a native client's own scheme.",
        "RFC 7591 section 3.2.2, RFC 8252 sections 7 and 8",
        "The answer says what is wrong with which URI.",
    ),
    "invalid_value": Explanation(
        "A member has a value that it may have.", _API, "The answer names it."
    ),
    "missing_value": Explanation("What is needed was given.", _API, "The answer names the member."),
    "unknown_member": Explanation(
        "A client has only members that exist.",
        _API,
        "The answer names the nearest known one.",
    ),
    "registration_off": Explanation(
        "Clients register themselves only where the tenant's policy lets them.",
        "RFC 7591 section 3, THREATS.md DR-01",
        "Set `registration` in the policy to initial_access_token or open.",
    ),
    "temporarily_unavailable": Explanation(
        "The server has room for what is asked.",
        "RFC 9110 section 15.6.4",
        "Wait as Retry-After says.",
    ),
    "registrations_full": Explanation(
        "Only so many openly registered clients wait for their first use.",
        _OPERATION,
        "Wait until unused ones are deleted, raise UNUSED_CLIENTS_MAX, or ask for initial "
        "access tokens.",
    ),
    "client_secret_differs": Explanation(
        "A client that changes itself repeats its present secret or sends none.",
        "RFC 7592 section 2.2",
        "Leave client_secret out; an administrator rotates it.",
    ),
    "invalid_software_statement": Explanation(
        "A software statement is a JWT that its issuer signed, in its time and for this server.",
        "RFC 7591 section 2.3",
        "What was compared says what is wrong; the issuer's keys stand in the policy.",
    ),
    "unapproved_software_statement": Explanation(
        "The issuer of a software statement is one that the tenant trusts.",
        "RFC 7591 section 3.2.2",
        "Add it to `software_statement_issuers` in the policy, with jwks or jwks_uri.",
    ),
    "unsupported_tenant": Explanation(
        "An entry is one of the tenant whose API or command it is sent to.",
        _API,
        "Leave tenant out, or send it to the tenant that it names.",
    ),
    "already_exists": Explanation(
        "A client is registered once.",
        _API,
        "Change it by PATCH or PUT, or choose another client_id.",
    ),
    "in_use": Explanation(
        "What is removed is used by nobody.",
        _API,
        "Take it away from those that the answer names first.",
    ),
    "malformed_json": Explanation(
        "The body is one JSON object.", _API, "Make it by a JSON library."
    ),
    "invalid_limit": Explanation("A page has 1 to 200 clients.", _API, "Send a smaller limit."),
    "invalid_cursor": Explanation(
        "A cursor is one that the page before gave.", _API, "Begin again without a cursor."
    ),
    "resource_missing": Explanation(
        "A WebFinger query names one resource.",
        "RFC 7033 section 4.2",
        "The relying party sends resource, once.",
    ),
    "resource_malformed": Explanation(
        "The resource of a WebFinger query is a URI with a host.",
        "RFC 7033 section 4.2, OpenID Connect Discovery section 2.1",
        "The relying party sends acct:NAME@HOST for what somebody typed as NAME@HOST.",
    ),
    "resource_unknown": Explanation(
        "WebFinger answers for the issuer's host and those of ALLOWED_HOSTS.",
        "RFC 7033 section 4.2, OpenID Connect Discovery section 2",
        "If people of that host log in here, add it to ALLOWED_HOSTS.",
    ),
}
