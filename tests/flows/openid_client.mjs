// A relying party with openid-client v6: it knows an issuer and its own client, for one person.
//
//   ISSUER=... SECRET=... API_SECRET=... PORT=... node openid_client.mjs
//
// It ends after the person was signed out, and prints what happened as one line of JSON.

import { createServer } from 'node:http'
import * as client from 'openid-client'

const { ISSUER, SECRET, API_SECRET, PORT } = process.env
const here = `http://127.0.0.1:${PORT}`
const issuer = new URL(ISSUER)
const options = issuer.protocol === 'http:' ? { execute: [client.allowInsecureRequests] } : {}
const discover = (id, secret) =>
  client.discovery(issuer, id, undefined, client.ClientSecretBasic(secret), options)

const config = await discover('notebook', SECRET)
const api = await discover('api', API_SECRET)
const pending = {}
const told = { issuer: config.serverMetadata().issuer }

async function login() {
  pending.pkceCodeVerifier = client.randomPKCECodeVerifier()
  pending.expectedState = client.randomState()
  pending.expectedNonce = client.randomNonce()
  return client.buildAuthorizationUrl(config, {
    redirect_uri: `${here}/callback`,
    scope: 'openid profile email offline_access read',
    prompt: 'consent',
    code_challenge: await client.calculatePKCECodeChallenge(pending.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: pending.expectedState,
    nonce: pending.expectedNonce,
  })
}

async function callback(url) {
  const checks = { ...pending, idTokenExpected: true }
  const first = await client.authorizationCodeGrant(config, url, checks)
  told.idToken = first.claims()
  told.userinfo = await client.fetchUserInfo(config, first.access_token, told.idToken.sub)
  const second = await client.refreshTokenGrant(config, first.refresh_token)
  told.refreshed = {
    accessTokenIsNew: first.access_token !== second.access_token,
    refreshTokenIsNew: first.refresh_token !== second.refresh_token,
    sub: second.claims().sub,
  }
  told.beforeRevocation = await client.tokenIntrospection(api, second.access_token)
  await client.tokenRevocation(config, second.refresh_token)
  told.afterRevocation = await client.tokenIntrospection(api, second.access_token)
  told.refreshAfterRevocation = await client
    .refreshTokenGrant(config, second.refresh_token)
    .then(() => 'accepted', (error) => error.error)
  pending.idToken = first.id_token
}

function logout() {
  pending.logoutState = client.randomState()
  return client.buildEndSessionUrl(config, {
    id_token_hint: pending.idToken,
    post_logout_redirect_uri: `${here}/signed-out`,
    state: pending.logoutState,
  })
}

function signedOut(url) {
  told.isBackWithItsState = url.searchParams.get('state') === pending.logoutState
}

async function answer(url) {
  switch (url.pathname) {
    case '/login':
      return { status: 302, headers: { Location: (await login()).href } }
    case '/callback':
      await callback(url)
      return { status: 200, body: JSON.stringify(told.userinfo) }
    case '/logout':
      return { status: 302, headers: { Location: logout().href } }
    case '/signed-out':
      signedOut(url)
      return { status: 200, body: 'You are signed out.', last: true }
    default:
      return { status: 404 }
  }
}

const server = createServer(async (request, response) => {
  const { status, headers, body, last } = await answer(new URL(request.url, here)).catch(
    (error) => ({ status: 500, body: `${error.stack} ${JSON.stringify(error.cause)}` }),
  )
  response.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close', ...headers })
  response.end(body)
  if (last) {
    console.log(JSON.stringify(told))
    server.close()
  }
})
server.listen(Number(PORT), '127.0.0.1')
