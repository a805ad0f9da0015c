// Opens tokens as a client does, with jose of npm: node opens.mjs FILE TIME
// FILE holds [{token, key, jwks}]: a private JWK, and the JWKS of the issuer for nested tokens.
// TIME (ISO 8601) is when that is.

import { readFile } from 'node:fs/promises'
import { compactDecrypt, createLocalJWKSet, importJWK, jwtVerify } from 'jose'

const currentDate = new Date(process.argv[3])
const opened = []
for (const { token, key, jwks } of JSON.parse(await readFile(process.argv[2], 'utf8'))) {
  const alg = JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).alg
  const { plaintext, protectedHeader } = await compactDecrypt(token, await importJWK(key, alg))
  const text = new TextDecoder().decode(plaintext)
  const claims =
    protectedHeader.cty === 'JWT'
      ? (await jwtVerify(text, createLocalJWKSet(jwks), { currentDate })).payload
      : JSON.parse(text)
  opened.push({ header: protectedHeader, claims })
}
console.log(JSON.stringify(opened))
