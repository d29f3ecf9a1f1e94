/** Is this access token genuine? Asked again by every protected page and action: the proxy is a convenience only. */
import 'server-only';
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { apiBaseUrl } from '@/lib/base-urls';

let keys: { address: string; get: JWTVerifyGetKey } | undefined;

function remoteJwks(): JWTVerifyGetKey {
  const address = `${apiBaseUrl()}/.well-known/jwks.json`;
  if (keys?.address !== address) keys = { address, get: createRemoteJWKSet(new URL(address)) };
  return keys.get;
}

/** What says nothing about the token: an answer that is no set of keys, or none in time. */
const OF_THE_KEYS = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID', 'ERR_JWKS_TIMEOUT']);

/** The keys could not be had: whether the token is genuine is not known. */
export class JwksUnavailable extends Error {
  readonly digest = 'api-network';
}

/**
 * Return the account's id when the token is one that the service signed for us and has not expired, else undefined.
 * Whether its session still lives is the service's to say, on the next call. Throws `KeysUnreachable`.
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
