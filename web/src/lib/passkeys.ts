/** Passkeys in the browser: asking for one, making one, and why that failed. */
import type {
  PasskeyAuthentication,
  PasskeyCreationOptions,
  PasskeyLoginOptions,
  PasskeyRegistration,
  PasskeyRequestOptions,
} from '@/client';

/** `cancelled`: by the user, or nobody answered. `registered`: it has one for the account. `site`: not on this address. */
export type PasskeyFailure = 'cancelled' | 'registered' | 'site' | 'failed';

/** Return whether the browser has passkeys, and reads and writes them as JSON. */
export function hasPasskeys(): boolean {
  return (
    typeof PublicKeyCredential === 'function' &&
    'parseCreationOptionsFromJSON' in PublicKeyCredential &&
    'parseRequestOptionsFromJSON' in PublicKeyCredential
  );
}

/** Let the browser make a passkey; return it, or why there is none. */
export async function makePasskey(options: PasskeyCreationOptions): Promise<PasskeyRegistration | PasskeyFailure> {
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential | null;
    if (!made) return 'cancelled';
    const { id, rawId, response } = made.toJSON() as RegistrationResponseJSON;
    const { clientDataJSON, attestationObject, transports } = response;
    return { id, rawId, type: 'public-key', response: { clientDataJSON, attestationObject, transports } };
  } catch (error) {
    return failureIn(error);
  }
}

/** Ask for a passkey; return what it has signed, or why it has not. */
export async function askForPasskey(
  options: PasskeyLoginOptions | PasskeyRequestOptions,
): Promise<PasskeyAuthentication | PasskeyFailure> {
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const got = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential | null;
    if (!got) return 'cancelled';
    const { id, rawId, response } = got.toJSON() as AuthenticationResponseJSON;
    const { clientDataJSON, authenticatorData, signature, userHandle } = response;
    return { id, rawId, type: 'public-key', response: { clientDataJSON, authenticatorData, signature, ...(userHandle && { userHandle }) } };
  } catch (error) {
    return failureIn(error);
  }
}

/** The names are those of the specification (WebAuthn 3, 5.1.3 and 5.1.4). */
function failureIn(error: unknown): PasskeyFailure {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError') return 'cancelled';
  if (name === 'InvalidStateError') return 'registered';
  if (name === 'SecurityError') return 'site';
  console.error('The passkey could not be used:', error);
  return 'failed';
}
