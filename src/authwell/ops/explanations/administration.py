"""Rules of administration."""

from authwell.ops.explanations.model import Explanation, Explanations

ADMINISTRATION: Explanations = {
    "changed_meanwhile": Explanation(
        "A change with If-Match, or by a form of the console, is made of the version that it names.",
        "RFC 9110 section 13.1.1",
        "Somebody changed the object after it was read. Read it again, and send the change with "
        "the new ETag; a form that comes back has the new version already.",
    ),
    "last_superuser": Explanation(
        "A tenant that has a superuser keeps one.",
        "THREATS.md TN-14",
        "Make another active account admin first, then repeat this.",
    ),
    "own_account": Explanation(
        "Administrators do not shut themselves out.",
        "THREATS.md TN-14",
        "Another administrator does it; what people do with their own account is at /users/me.",
    ),
    "unmet_acr": Explanation(
        "A simulated person has shown what the request asks for.",
        "OpenID Connect Core section 3.1.2.1, acr_values",
        "The request asks for a factor that a simulation cannot show. The person would be asked "
        "for it; leave acr out to see the tokens.",
    ),
    "wrong_status": Explanation(
        "A deleted account is restored before anything else, and who is shut out gets no link.",
        "REQUIREMENTS.md G16",
        "Read the account: its status says what comes first. A link needs an e-mail address.",
    ),
}
