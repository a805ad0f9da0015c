"""Rules of the first-party API."""

from authwell.ops.explanations.model import Explanation, Explanations

FIRST_PARTY: Explanations = {
    "invalid_credentials": Explanation(
        "Name and password belong together, and the account may log in.",
        "THREATS.md AU-01",
        "The line `login.failed` of the same request says which it was; the answer says neither "
        "to anybody. A locked account opens by time.",
    ),
    "tenant_mismatch": Explanation(
        "A token is used in the tenant that issued it.",
        "THREATS.md TN-02, TN-03",
        "Leave X-Tenant and `tenant` out, or send a token of the tenant that they or the path name.",
    ),
    "tenant_suspended": Explanation(
        "The tenant is active.",
        "THREATS.md TN-12",
        "`authwell tenant activate SLUG`; its people and clients log in anew.",
    ),
    "invalid_api_key": Explanation(
        "An API key and its owner stand.",
        "REQUIREMENTS.md J4",
        "What was compared says which does not: unknown, revoked, expired, or the account or the "
        "tenant is shut. A key is shown once; make another at /auth/api-keys.",
    ),
    "too_many_api_keys": Explanation(
        "An account has at most API_KEY_MAX_PER_USER keys that are good.",
        "REQUIREMENTS.md J5",
        "Revoke one at /auth/api-keys/{id}.",
    ),
    "password_change_required": Explanation(
        "The password of DEFAULT_ADMIN_PASSWORD is changed before anything else.",
        "REQUIREMENTS.md K16",
        "Log in as `admin` at /login, which leads to the page of the change.",
    ),
    "recent_login_required": Explanation(
        "What a person proves themselves with changes after a fresh proof only; so does an API key.",
        "THREATS.md MF-05",
        "Log in again, or send `code` if the account has a second factor, else `password`.",
    ),
    "username_taken": Explanation(
        "A user name belongs to one account of a tenant, however it is spelled.",
        "THREATS.md AU-12",
        "Letter case, blanks and full-width letters make no difference. Choose another name.",
    ),
    "wrong_password": Explanation(
        "What cannot be undone takes the present password again.",
        "REQUIREMENTS.md G12",
        "The line `login.failed` of the same request says whether it was wrong or the account is "
        "locked; attempts count like those of a login.",
    ),
    "mfa_required": Explanation(
        "Whoever has a second factor shows it to log in.",
        "THREATS.md MF-04",
        "Post the `mfa_token` of the answer with a code to /auth/mfa/verify within ten minutes.",
    ),
    "mfa_enrolment_required": Explanation(
        "Where a second factor is demanded, one is set up before the first login.",
        "REQUIREMENTS.md K13",
        "The person sets one up by the pages of the login, or with the `mfa_token` of the answer.",
    ),
    "unknown_algorithm": Explanation(
        "A rotation names an algorithm that the tenant has an active key of.",
        "OpenID Connect Core section 10.1.1",
        "GET /keys?state=active lists them; what tokens are signed by is the policy's to say.",
    ),
    "not_rotated": Explanation(
        "A key signs when every cache of the JWKS may have it.",
        "OpenID Connect Core section 10.1.1",
        "Rotate after the time that the answer names. `at_once` does not wait, for a key that "
        "others know; a relying party with an old JWKS fetches it again then.",
    ),
    "account_blocked": Explanation(
        "Nobody logs in to an account that an administrator has blocked.",
        "REQUIREMENTS.md L10",
        "`GET /blocks?kind=account` or `authwell block list` says who has blocked it, why and until "
        "when; `authwell block remove` lets it in again.",
    ),
    "own_address": Explanation(
        "Nobody blocks a network that their own address is in.",
        "REQUIREMENTS.md L10",
        "Name a smaller network, or use `authwell block add` on the server.",
    ),
    "superuser": Explanation(
        "An account that holds the role admin is not blocked.",
        "THREATS.md TN-14",
        "Take the role away first, or deactivate the account, which leaves the last one in place.",
    ),
    "too_many_blocks": Explanation(
        "A tenant has at most 1,000 blocks, which every process keeps.",
        "REQUIREMENTS.md L10",
        "Lift some, or block one network instead of its addresses.",
    ),
    "suspicious_login": Explanation(
        "No rule of suspicious activity whose action is block applies to the login.",
        "REQUIREMENTS.md L8",
        "The audit event `login.blocked` of the request names the rules. The person logs in from a "
        "known device, or the tenant's policy says notify for that rule in suspicious_activity.",
    ),
}
