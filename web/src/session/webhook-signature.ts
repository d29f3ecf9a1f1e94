/**
 * Verifies that a request was sent by who knows the secret, in the form of Standard Webhooks (standardwebhooks.com). Not by
 * their package: it verifies what it has decoded as UTF-8, not the bytes that were sent.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the time of sending may be from now: older messages may be repeated by who has seen them. */
const TOLERANCE_S = 300;
const KEY_MIN_BYTES = 24;

/**
 * Return the key of a secret such as `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`, which has it in base64. Throws if it is none of
 * at least 24 bytes.
 */
export function webhookKey(secret: string): Buffer {
  const encoded = secret.replace(/^whsec_/, '');
  const key = Buffer.from(encoded, 'base64');
  if (key.length >= KEY_MIN_BYTES && /^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return key;
  throw new Error(`a secret must be ${KEY_MIN_BYTES} or more bytes in base64, such as the output of openssl rand -base64 32`);
}

/** Return whether `body` was signed with `key` and sent within the last five minutes. */
export function isSignedWebhook(headers: Headers, body: Uint8Array, key: Buffer, nowMs = Date.now()): boolean {
  const id = headers.get('webhook-id');
  const timestamp = headers.get('webhook-timestamp');
  const signatures = headers.get('webhook-signature');
  if (!id || !timestamp || !signatures || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > TOLERANCE_S) return false;
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  // Several while a secret is replaced; those of other versions are not ours to check.
  return signatures.split(' ').some((signature) => {
    const [version, encoded = ''] = signature.split(',');
    const given = Buffer.from(encoded, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** Return the key of the setting `REVALIDATE_SECRET`, undefined if it is unset. Throws if it is no secret. */
export function revalidateKey(): Buffer | undefined {
  const secret = process.env.REVALIDATE_SECRET;
  if (!secret) return undefined;
  try {
    return webhookKey(secret);
  } catch (error) {
    throw new Error(`REVALIDATE_SECRET: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
