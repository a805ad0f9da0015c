// The frame that a client's page asks whether the session has changed (OpenID Connect Session
// Management 1.0 section 3.2). Plain syntax, and SHA-256 by hand (FIPS 180-4): crypto.subtle exists
// neither on http nor in every engine, and its answer would come late.
(function () {
  "use strict";
  var COOKIE = document.documentElement.getAttribute("data-cookie") + "=";
  var STATE = /^[0-9a-f]{64}\.([A-Za-z0-9_-]{1,64})$/;
  var ROUNDS = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
  ];
  var FIRST = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
    0x1f83d9ab, 0x5be0cd19
  ];

  function turned(word, bits) {
    return (word >>> bits) | (word << (32 - bits));
  }

  function padded(bytes) {
    var words = [];
    var i;
    for (i = 0; i < ((bytes.length + 8) >> 6) * 16 + 16; i += 1) {
      words[i] = 0;
    }
    for (i = 0; i < bytes.length; i += 1) {
      words[i >> 2] |= bytes.charCodeAt(i) << (24 - (i % 4) * 8);
    }
    words[i >> 2] |= 0x80 << (24 - (i % 4) * 8);
    words[words.length - 1] = bytes.length * 8;
    return words;
  }

  function scheduled(block) {
    var words = block.slice();
    var i, low, high;
    for (i = 16; i < 64; i += 1) {
      low = words[i - 15];
      high = words[i - 2];
      low = turned(low, 7) ^ turned(low, 18) ^ (low >>> 3);
      high = turned(high, 17) ^ turned(high, 19) ^ (high >>> 10);
      words[i] = (words[i - 16] + low + words[i - 7] + high) | 0;
    }
    return words;
  }

  function mixed(hash, words) {
    var s = hash.slice();
    var i, one, two;
    for (i = 0; i < 64; i += 1) {
      one = turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25);
      one = (s[7] + one + ((s[4] & s[5]) ^ (~s[4] & s[6])) + ROUNDS[i] + words[i]) | 0;
      two = turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22);
      two = (two + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]))) | 0;
      s = [(one + two) | 0, s[0], s[1], s[2], (s[3] + one) | 0, s[4], s[5], s[6]];
    }
    for (i = 0; i < 8; i += 1) {
      s[i] = (s[i] + hash[i]) | 0;
    }
    return s;
  }

  function sha256(text) {
    var words = padded(unescape(encodeURIComponent(text)));
    var hash = FIRST;
    var hex = "";
    var i;
    for (i = 0; i < words.length; i += 16) {
      hash = mixed(hash, scheduled(words.slice(i, i + 16)));
    }
    for (i = 0; i < 8; i += 1) {
      hex += ("0000000" + (hash[i] >>> 0).toString(16)).slice(-8);
    }
    return hex;
  }

  function browserState() {
    var cookies = document.cookie.split("; ");
    var i;
    for (i = 0; i < cookies.length; i += 1) {
      if (cookies[i].indexOf(COOKIE) === 0) {
        return cookies[i].substring(COOKIE.length);
      }
    }
    // Without it nobody knows: the browser may keep cookies from frames.
    return null;
  }

  function status(message, origin) {
    var space = String(message).lastIndexOf(" ");
    var told = typeof message === "string" && space > 0 && STATE.exec(message.substring(space + 1));
    var state = browserState();
    if (!told || state === null) {
      return "error";
    }
    var seen = message.substring(0, space) + " " + origin + " " + state + " " + told[1];
    return sha256(seen) + "." + told[1] === told[0] ? "unchanged" : "changed";
  }

  window.addEventListener("message", function (e) {
    var answer = "error";
    if (!e.source || e.origin === "null") {
      return;
    }
    try {
      answer = status(e.data, e.origin);
    } catch (ignored) {
      // Half a character in the message.
    }
    e.source.postMessage(answer, e.origin);
  });
})();
