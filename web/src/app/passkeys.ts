'use server';
/** Server Actions that log in with a passkey, or confirm with one who one is. */
import { redirect } from 'next/navigation';
import {
  completeLogInWithPasskey,
  getPasskeyLoginOptions,
  getPasskeySecondFactorOptions,
  getPasskeyStepUpOptions,
  logInWithPasskey,
  type PasskeyAuthentication,
  stepUpWithPasskey,
} from '@/client';
import { type FormState, formError } from '@/components/form-state';
import type { PasskeyOptions } from '@/components/passkey-button';
import { messages } from '@/messages';
import { anonymousClient, sessionClient, setSessionCookies } from '@/session/current';
import { safeRedirectPath } from '@/session/redirect-target';

const { logIn, passkeys: words, secondFactor, stepUp } = messages.account;

/** Get the options for a login with any passkey of the site. */
export async function beginLogIn(): Promise<PasskeyOptions> {
  const result = await getPasskeyLoginOptions({ client: await anonymousClient() });
  return formError(result, {}) ?? { options: result.data };
}

/** Log in with a passkey, and redirect to `next`. */
export async function logInHere(next: string, credential: PasskeyAuthentication): Promise<FormState> {
  const result = await logInWithPasskey({ client: await anonymousClient(), body: { credential } });
  const error = formError(result, {}, {
    PASSKEY_INVALID: words.invalid,
    PASSKEY_CHALLENGE_INVALID: words.stale,
    ACCOUNT_INACTIVE: logIn.inactive,
  });
  if (error) return error;
  if (result.data) await setSessionCookies(result.data);
  redirect(safeRedirectPath(next));
}

/** Get the options for a passkey after the password. */
export async function beginSecondFactor(challenge: string): Promise<PasskeyOptions> {
  const result = await getPasskeySecondFactorOptions({ client: await anonymousClient(), body: { challenge } });
  const known = { LOGIN_CHALLENGE_INVALID: secondFactor.logIn.expired, NO_PASSKEY: words.none };
  return formError(result, {}, known) ?? { options: result.data };
}

/** Log in with a passkey after the password, and redirect to `next`. */
export async function completeLogInHere(challenge: string, next: string, credential: PasskeyAuthentication): Promise<FormState> {
  const result = await completeLogInWithPasskey({ client: await anonymousClient(), body: { challenge, credential } });
  const error = formError(result, {}, {
    PASSKEY_INVALID: words.invalid,
    PASSKEY_CHALLENGE_INVALID: words.stale,
    LOGIN_CHALLENGE_INVALID: secondFactor.logIn.expired,
    ACCOUNT_INACTIVE: logIn.inactive,
  });
  if (error) return error;
  if (result.data) await setSessionCookies(result.data);
  redirect(safeRedirectPath(next));
}

/** Get the options for a step-up. */
export async function beginStepUp(): Promise<PasskeyOptions> {
  const result = await getPasskeyStepUpOptions({ client: await sessionClient() });
  return formError(result, {}, { NO_PASSKEY: words.none }) ?? { options: result.data };
}

/** Confirm with a passkey who one is. */
export async function stepUpHere(credential: PasskeyAuthentication): Promise<FormState> {
  const result = await stepUpWithPasskey({ client: await sessionClient(), body: { credential } });
  const known = { PASSKEY_INVALID: words.invalid, PASSKEY_CHALLENGE_INVALID: words.stale };
  return formError(result, {}, known) ?? { done: stepUp.codeTitle };
}
