'use server';
import { refresh } from 'next/cache';
import { encode } from 'uqr';
import { confirmSecondFactor, removeSecondFactor, renewRecoveryCodes, setUpSecondFactor } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { requireUser, sessionClient } from '@/session/current';

const { secondFactor: words, stepUp } = messages.account;

/** A QR code as the path of an SVG, `size` modules wide. */
export type QrCode = { path: string; size: number };
export type SetupState = FormState & { setup?: { secret: string; qr: QrCode } };
export type CodesState = FormState & { codes?: string[] };

/** Begin to set it up: what it returns is shown this once. */
export async function beginSetup(_before: SetupState): Promise<SetupState> {
  await requireUser();
  const result = await setUpSecondFactor({ client: await sessionClient() });
  const known = { STEP_UP_REQUIRED: stepUp.needed, SECOND_FACTOR_ENABLED: words.setUp.restart };
  const error = formError(result, {}, known);
  if (error || !result.data) return error ?? {};
  return { setup: { secret: result.data.secret, qr: qrCode(result.data.otpauth_url) } };
}

/** Turn it on with a code of the app; returns the recovery codes. */
export async function confirmSetup(_before: CodesState, form: FormData): Promise<CodesState> {
  await requireUser();
  const code = formText(form, 'code').code.replaceAll(/\s/g, '');
  const result = await confirmSecondFactor({ client: await sessionClient(), body: { code } });
  const error = formError(result, {}, {
    STEP_UP_REQUIRED: stepUp.needed,
    SECOND_FACTOR_INVALID: { code: words.wrong },
    SECOND_FACTOR_ENABLED: words.setUp.restart,
    SECOND_FACTOR_NOT_ENABLED: words.setUp.restart,
  });
  if (error?.code === 'INVALID_INPUT') return { errors: { code: words.codeShort }, code: error.code };
  if (error) return error;
  refresh();
  return { codes: result.data?.recovery_codes };
}

/** Replace the recovery codes. */
export async function renewCodes(_before: CodesState): Promise<CodesState> {
  await requireUser();
  const result = await renewRecoveryCodes({ client: await sessionClient() });
  const known = { STEP_UP_REQUIRED: stepUp.needed, SECOND_FACTOR_NOT_ENABLED: words.setUp.restart };
  const error = formError(result, {}, known);
  if (error) return error;
  refresh();
  return { codes: result.data?.recovery_codes };
}

/** Turn it off. */
export async function turnOff(_before: FormState): Promise<FormState> {
  await requireUser();
  const error = formError(await removeSecondFactor({ client: await sessionClient() }), {}, { STEP_UP_REQUIRED: stepUp.needed });
  if (error) return error;
  refresh();
  return { done: words.off };
}

function qrCode(text: string): QrCode {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const modules = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { path: modules.join(''), size };
}
