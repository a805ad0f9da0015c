"""Rules of second factors."""

from authwell.ops.explanations.model import Explanation, Explanations

FACTORS: Explanations = {
    "invalid_mfa_token": Explanation(
        "No login waits under this token: it was used, is older than ten minutes, belongs to a "
        "browser, or the account or its password changed.",
        "THREATS.md MF-04, BR-11",
        "Log in again.",
    ),
    "wrong_code": Explanation(
        "Neither the app nor the backup codes of the account have this code, or it was used.",
        "RFC 6238 section 5.2; THREATS.md MF-01, MF-07",
        "Wait for the next code; check the clock of the phone. An administrator may run "
        "`authwell user reset-factors`.",
    ),
    "not_started": Explanation(
        "A first code came for no app, or half an hour after it was set up.",
        "THREATS.md MF-06",
        "Set the app up anew.",
    ),
    "not_enrolled": Explanation(
        "The account has no such second factor.",
        "REQUIREMENTS.md E3, E5",
        "Set one up first.",
    ),
    "already_enrolled": Explanation(
        "The account has an app, whose secret is not shown again.",
        "THREATS.md MF-06",
        "Remove it, then set up another.",
    ),
    "mfa_password_grant": Explanation(
        "The account needs a second factor, which the password grant cannot ask for.",
        "RFC 9700 section 2.4; THREATS.md MF-04",
        "Use the authorization code grant.",
    ),
}
