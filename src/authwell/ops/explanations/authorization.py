"""Rules of the authorization endpoint, of logging out, and of the pages between."""

from authwell.ops.explanations.model import Explanation, Explanations

AUTHORIZATION: Explanations = {
    "client_id_missing": Explanation(
        "A request names its client exactly once.",
        "RFC 6749 section 4.1.1",
        "The application sends client_id, once.",
    ),
    "unknown_client": Explanation(
        "The client is registered and active.",
        "RFC 6749 section 4.1.2.1",
        "Compare client_id with `authwell client list`; a disabled client is switched on by "
        "`authwell client update ID --status active`.",
    ),
    "client_blocked": Explanation(
        "A client that an administrator has blocked is as if it were disabled.",
        "REQUIREMENTS.md L10",
        "`GET /blocks?kind=client` or `authwell block list` says who has blocked it, why and until "
        "when; `authwell block remove` lets it in again.",
    ),
    "redirect_uri_mismatch": Explanation(
        "The redirect URI is, character by character, one that is registered.",
        "RFC 9700 section 2.1, RFC 6749 section 3.1.2.3",
        "Make both the same: scheme, host, port, path, slash at the end, query. Register what "
        "the application sends by `authwell client update ID --redirect-uri URI`.",
    ),
    "redirect_uri_missing": Explanation(
        "A redirect URI is sent where more than one is registered, and always with openid.",
        "OpenID Connect Core section 3.1.2.1",
        "The application sends redirect_uri.",
    ),
    "redirect_uri_repeated": Explanation(
        "A parameter stands once.",
        "RFC 6749 section 3.1",
        "The application sends redirect_uri once; a proxy or link may have doubled it.",
    ),
    "request_unreadable": Explanation(
        "The parameters are UTF-8, form-encoded, and not too many.",
        "RFC 6749 appendix B",
        "The application encodes its parameters by its library and not by hand.",
    ),
    "response_mode": Explanation(
        "The response mode is query, fragment or form_post, and no query carries a token.",
        "OAuth 2.0 Multiple Response Types section 2.1",
        "Leave response_mode out, or choose one of the metadata's response_modes_supported.",
    ),
    "unsupported_response_type": Explanation(
        "The response type is one that the tenant's policy has.",
        "RFC 6749 section 4.1.2.1",
        "Use response_type=code; implicit and hybrid flows are not in the profile oauth21, "
        "but in oidc_classic.",
    ),
    "nonce_missing": Explanation(
        "A request for an ID token from this endpoint has a nonce.",
        "OpenID Connect Core sections 3.2.2.1 and 3.3.2.11",
        "The application sends a new random nonce each time and compares it in the ID token.",
    ),
    "openid_missing": Explanation(
        "A request for an ID token has the scope openid.",
        "OpenID Connect Core sections 3.2.2.1 and 3.3.2.1",
        "Add openid to scope, or leave id_token out of response_type.",
    ),
    "unauthorized_client": Explanation(
        "The client is registered for this grant or response type.",
        "RFC 6749 section 5.2",
        "Add it to grant_types or response_types of the client, or stop asking for it.",
    ),
    "max_age": Explanation(
        "max_age is a whole number of seconds.",
        "OpenID Connect Core section 3.1.2.1",
        "The application sends digits only, or leaves max_age out.",
    ),
    "unmet_authentication_requirements": Explanation(
        "An acr that the claims parameter calls essential can be reached.",
        "OpenID Connect Core section 5.5.1.1",
        "The application asks for one of the metadata's acr_values_supported, or for it as voluntary.",
    ),
    "prompt_unknown": Explanation(
        "prompt is made of none, login, consent, select_account and create.",
        "OpenID Connect Core section 3.1.2.1",
        "The application sends only these words, separated by spaces.",
    ),
    "prompt_create": Explanation(
        "prompt=create is answered where the tenant has a page that makes accounts.",
        "Initiating User Registration via OpenID Connect section 4.2",
        "Apply a policy with registration_page, or the application leaves create out.",
    ),
    "prompt_none_not_alone": Explanation(
        "prompt=none stands alone.",
        "OpenID Connect Core section 3.1.2.1",
        "The application either asks for silence or for a page, not for both.",
    ),
    "display_unknown": Explanation(
        "display is page, popup, touch or wap.",
        "OpenID Connect Core section 3.1.2.1",
        "Leave display out.",
    ),
    "claims_malformed": Explanation(
        "claims is a JSON object with userinfo and id_token.",
        "OpenID Connect Core section 5.5",
        "The application makes the parameter with a JSON library and encodes it once.",
    ),
    "pkce_required": Explanation(
        "A public client sends a code_challenge; where the policy says so, every client does.",
        "RFC 9700 section 2.1.1, RFC 7636 section 4.4.1",
        "Switch PKCE on in the application's library: code_challenge with the method S256.",
    ),
    "pkce_method": Explanation(
        "The challenge's method is S256.",
        "RFC 7636 section 4.3",
        "The application sends code_challenge_method=S256; plain, the default, is refused.",
    ),
    "pkce_challenge_malformed": Explanation(
        "The challenge is a SHA-256 in base64url without padding: 43 characters.",
        "RFC 7636 section 4.2",
        "Hash the verifier's ASCII characters; do not hash its hexadecimal form or pad.",
    ),
    "login_required": Explanation(
        "prompt=none is answered only for a person who is logged in.",
        "OpenID Connect Core section 3.1.2.6",
        "Nothing is wrong: the application now sends the person here without prompt=none.",
    ),
    "consent_required": Explanation(
        "prompt=none is answered only if nothing is left to ask.",
        "OpenID Connect Core section 3.1.2.6",
        "The application asks without prompt=none, or an administrator sets consent: implicit.",
    ),
    "interaction_required": Explanation(
        "prompt=none is answered only if no page must be shown.",
        "OpenID Connect Core section 3.1.2.6",
        "The application asks again without prompt=none.",
    ),
    "account_selection_required": Explanation(
        "prompt=none cannot choose an account.",
        "OpenID Connect Core section 3.1.2.6",
        "The application asks again without prompt=none.",
    ),
    "access_denied": Explanation(
        "The person allowed what was asked.",
        "RFC 6749 section 4.1.2.1",
        "Nothing is wrong: the person said no. The application may explain and ask again.",
    ),
    "registration_not_supported": Explanation(
        "The registration parameter belongs to self-issued providers.",
        "OpenID Connect Core section 3.1.2.6",
        "The application leaves it out.",
    ),
    "interaction_missing": Explanation(
        "A page of ours belongs to a request that waits.",
        "DESIGN: the way of the data, step 6",
        "Start again at the application; the page was opened by itself, or from a bookmark.",
    ),
    "interaction_gone": Explanation(
        "A request is answered once, and within 30 minutes.",
        "DESIGN: the way of the data, step 7",
        "Start again at the application; this one was finished in another tab, or is too old.",
    ),
    "interaction_of_other_browser": Explanation(
        "A request is answered in the browser that began it.",
        "RFC 9700 section 4.7",
        "Start again at the application in this browser, with its cookies allowed.",
    ),
    "csrf": Explanation(
        "A form of ours comes from a page of ours, in the same browser.",
        "RFC 9700 section 4.7",
        "Go back, reload the page and send it again; cookies must be allowed.",
    ),
    "logout_malformed": Explanation(
        "The parameters of a logout are readable and stand once.",
        "OpenID Connect RP-Initiated Logout section 2",
        "The application sends each parameter once, form-encoded.",
    ),
    "logout_client_differs": Explanation(
        "client_id is that of the id_token_hint.",
        "OpenID Connect RP-Initiated Logout section 2",
        "The application sends the hint that it was given itself, or leaves client_id out.",
    ),
    "post_logout_redirect_uri_mismatch": Explanation(
        "The way back is, character by character, one that is registered.",
        "OpenID Connect RP-Initiated Logout section 3",
        "Register it by `authwell client update ID --post-logout-redirect-uri URI`.",
    ),
}
