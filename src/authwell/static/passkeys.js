// Passkeys (WebAuthn Level 3): a form with `data-passkey` asks the browser for one and posts what
// it answers. Without this script the forms stay hidden, and everything else works.
(function () {
  "use strict";
  // Challenges end after five minutes; autofill waits longer than that on a page left open.
  var FRESH = 4 * 60 * 1000;
  var waiting = null;

  function toBytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) {
      return letter.charCodeAt(0);
    });
  }

  function toText(buffer) {
    var plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function readable(options) {
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user.id = toBytes(options.user.id);
    ["allowCredentials", "excludeCredentials"].forEach(function (name) {
      (options[name] || []).forEach(function (known) {
        known.id = toBytes(known.id);
      });
    });
    return options;
  }

  function sendable(credential) {
    var given = credential.response;
    var response = { clientDataJSON: toText(given.clientDataJSON) };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (given[name]) response[name] = toText(given[name]);
    });
    if (given.getTransports) response.transports = given.getTransports();
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response: response,
      clientExtensionResults: credential.getClientExtensionResults()
    });
  }

  function begin(form) {
    return fetch(form.dataset.options, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      credentials: "same-origin",
      headers: { Accept: "application/json" }
    }).then(function (response) {
      if (!response.ok) throw new Error("refused");
      return response.json();
    }).then(readable);
  }

  function stopWaiting() {
    if (waiting) waiting.abort();
    waiting = null;
  }

  function finish(form, credential) {
    form.elements.credential.value = sendable(credential);
    form.submit();
  }

  function ask(form) {
    var note = form.querySelector("[data-passkey-failed]");
    var call = form.dataset.passkey;
    stopWaiting();
    note.hidden = true;
    begin(form).then(function (options) {
      return navigator.credentials[call]({ publicKey: options });
    }).then(function (credential) {
      finish(form, credential);
    }).catch(function () {
      note.hidden = false;
    });
  }

  function autofill(form) {
    stopWaiting();
    var mine = waiting = new AbortController();
    begin(form).then(function (options) {
      var again = setTimeout(function () {
        if (waiting === mine) autofill(form);
      }, FRESH);
      return navigator.credentials.get({
        publicKey: options,
        mediation: "conditional",
        signal: mine.signal
      }).finally(function () {
        clearTimeout(again);
      });
    }).then(function (credential) {
      finish(form, credential);
    }).catch(function () {
      // Nobody chose one; the button is still there.
    });
  }

  function enhance(form) {
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      ask(form);
    });
    var isOffered = window.PublicKeyCredential.isConditionalMediationAvailable;
    if ("autofill" in form.dataset && isOffered) {
      isOffered.call(window.PublicKeyCredential).then(function (yes) {
        if (yes) autofill(form);
      });
    }
  }

  if (window.PublicKeyCredential) {
    document.querySelectorAll("form[data-passkey]").forEach(enhance);
  }
})();
