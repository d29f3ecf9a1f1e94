/** Verification of access tokens against the API's JWKS, in every protected page and action. */
import 'server-only';
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { apiFetch } from '@/lib/api-fetch';
import { apiBaseUrl } from '@/lib/base-urls';
import { serverState } from '@/lib/server-state';

let keys: { address: string; get: JWTVerifyGetKey } | undefined;

function remoteJwks(): JWTVerifyGetKey {
  const address = `${apiBaseUrl()}/.well-known/jwks.json`;
  if (keys?.address !== address) keys = { address, get: createRemoteJWKSet(new URL(address), { [customFetch]: apiFetch }) };
  return keys.get;
}

/** Errors of fetching the JWKS. They say nothing about the token. */
const OF_THE_KEYS = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID', 'ERR_JWKS_TIMEOUT']);

/** The JWKS could not be fetched, so the token could not be verified. */
export class JwksUnavailable extends Error {
  readonly digest = 'api-network';

  constructor(message: string, options: ErrorOptions) {
    super(message, options);
    serverState().failed = { at: Date.now(), digest: this.digest };
  }
}

/**
 * Return the account's id when the token is one that the service signed for us and has not expired, else undefined.
 * Whether its session is still active is checked by the API, on the next request. Throws `JwksUnavailable`.
 */
export async function verifyAccessToken(accessToken: string): Promise<number | undefined> {
  try {
    const { payload } = await jwtVerify(accessToken, remoteJwks(), {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer: process.env.JWT_ISSUER || apiBaseUrl(),
      audience: process.env.JWT_AUDIENCE || 'colophon',
      requiredClaims: ['sub', 'exp', 'iat', 'jti', 'sid', 'ver'],
      clockTolerance: 5,
    });
    return Number(payload.sub);
  } catch (error) {
    if (error instanceof errors.JOSEError && !OF_THE_KEYS.has(error.code)) return undefined;
    throw new JwksUnavailable('the keys of the API could not be read', { cause: error });
  }
}
