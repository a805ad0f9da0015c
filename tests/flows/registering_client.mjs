// A relying party with openid-client v6 that nobody has configured: it registers itself, proves
// itself by keys that it publishes and replaces, and is told when the person is logged out.
//
//   ISSUER=... INITIAL_ACCESS_TOKEN=... BASE=https://... PORT=... node registering_client.mjs
//
// BASE leads to PORT of this machine. It ends when the logout token has come, and prints what
// happened as one line of JSON.

import { createServer } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as client from 'openid-client'

const { ISSUER, INITIAL_ACCESS_TOKEN, BASE, PORT } = process.env
const published = { keys: [] }
const pending = {}
const told = { jwksFetches: 0, refusedBeforeRefetch: 0 }
let config

async function newKey(kid) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  published.keys = [{ kty, crv, x, y, kid, use: 'sig', alg: 'ES256' }]
  return client.PrivateKeyJwt({ key: pair.privateKey, kid })
}

async function register() {
  const metadata = {
    client_name: 'Registers itself',
    redirect_uris: [`${BASE}/callback`],
    post_logout_redirect_uris: [`${BASE}/signed-out`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks_uri: `${BASE}/jwks`,
    initiate_login_uri: `${BASE}/login`,
    backchannel_logout_uri: `${BASE}/backchannel`,
    backchannel_logout_session_required: true,
  }
  config = await client.dynamicClientRegistration(new URL(ISSUER), metadata, await newKey('first'), {
    initialAccessToken: INITIAL_ACCESS_TOKEN,
  })
  told.registered = config.clientMetadata()
}

async function login() {
  pending.pkceCodeVerifier = client.randomPKCECodeVerifier()
  pending.expectedState = client.randomState()
  pending.expectedNonce = client.randomNonce()
  return client.buildAuthorizationUrl(config, {
    redirect_uri: `${BASE}/callback`,
    scope: 'openid profile email offline_access',
    prompt: 'consent',
    code_challenge: await client.calculatePKCECodeChallenge(pending.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: pending.expectedState,
    nonce: pending.expectedNonce,
  })
}

async function callback(url) {
  const first = await client.authorizationCodeGrant(config, url, { ...pending, idTokenExpected: true })
  told.idToken = first.claims()
  told.userinfo = await client.fetchUserInfo(config, first.access_token, told.idToken.sub)
  pending.idToken = first.id_token
  pending.refreshToken = first.refresh_token
}

async function rotate() {
  const { client_id, ...metadata } = config.clientMetadata()
  const authentication = await newKey('second')
  config = new client.Configuration(config.serverMetadata(), client_id, metadata, authentication)
  const second = await refresh()
  told.refreshedFor = second.claims().sub
}

// An unknown kid fetches jwks_uri again, but not within ten seconds of the last time.
async function refresh(deadline = Date.now() + 20_000) {
  try {
    return await client.refreshTokenGrant(config, pending.refreshToken)
  } catch (error) {
    if (error.error !== 'invalid_client' || Date.now() > deadline) throw error
    told.refusedBeforeRefetch += 1
    await new Promise((resolve) => setTimeout(resolve, 500))
    return refresh(deadline)
  }
}

function logout() {
  pending.logoutState = client.randomState()
  return client.buildEndSessionUrl(config, {
    id_token_hint: pending.idToken,
    post_logout_redirect_uri: `${BASE}/signed-out`,
    state: pending.logoutState,
  })
}

async function loggedOut(form) {
  const { issuer, jwks_uri } = config.serverMetadata()
  const { payload, protectedHeader } = await jwtVerify(
    form.get('logout_token'),
    createRemoteJWKSet(new URL(jwks_uri)),
    { issuer, audience: told.registered.client_id, typ: 'logout+jwt' },
  )
  told.logoutToken = { ...payload, header: protectedHeader }
}

// RFC 7592 section 2.3
async function unregister() {
  const { registration_client_uri, registration_access_token } = told.registered
  const headers = { Authorization: `Bearer ${registration_access_token}` }
  const response = await fetch(registration_client_uri, { method: 'DELETE', headers })
  told.unregistered = response.status
}

async function answer(url, body) {
  switch (url.pathname) {
    case '/jwks':
      told.jwksFetches += 1
      return { status: 200, type: 'application/json', body: JSON.stringify(published) }
    case '/login':
      return { status: 302, headers: { Location: (await login()).href } }
    case '/callback':
      await callback(url)
      return { status: 200, body: JSON.stringify(told.userinfo) }
    case '/rotate':
      await rotate()
      return { status: 200, body: 'The key is another one.' }
    case '/logout':
      return { status: 302, headers: { Location: logout().href } }
    case '/signed-out':
      told.isBackWithItsState = url.searchParams.get('state') === pending.logoutState
      return { status: 200, body: 'You are signed out.' }
    case '/backchannel':
      await loggedOut(new URLSearchParams(body))
      return { status: 200 }
    default:
      return { status: 404 }
  }
}

async function bodyOf(request) {
  const parts = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString()
}

const server = createServer(async (request, response) => {
  const body = await bodyOf(request)
  const { status, headers, type, body: sent } = await answer(new URL(request.url, BASE), body).catch(
    (error) => ({ status: 500, body: `${error.stack} ${JSON.stringify(error.cause)}` }),
  )
  const own = { 'Content-Type': type ?? 'text/plain', Connection: 'close' }
  response.writeHead(status, { ...own, ...headers })
  response.end(sent)
  if (told.logoutToken && 'isBackWithItsState' in told && !server.isEnding) {
    server.isEnding = true
    await unregister()
    console.log(JSON.stringify(told))
    server.close()
  }
})
await register()
server.listen(Number(PORT), '127.0.0.1')
