'use server';
import { redirect } from 'next/navigation';
import { acceptInvitation, lookUpInvitation, type OpenInvitation } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { anonymousClient, setSessionCookies } from '@/session/current';

const { account, invitations } = messages;
const { page } = invitations;

/** Why a link cannot be used. */
const UNUSABLE = {
  LINK_INVALID: page.invalid,
  LINK_EXPIRED: page.expired,
  LINK_USED: page.used,
  LINK_REVOKED: page.revoked,
};

export type Opened = { invitation?: OpenInvitation; failure?: FormState };

/**
 * Return what the link with this `secret` invites to, or why it cannot be opened. It comes in a form: other arguments of
 * actions are in the log of a development server.
 */
export async function openInvitation(form: FormData): Promise<Opened> {
  const { secret } = formText(form, 'secret');
  const result = await lookUpInvitation({ client: await anonymousClient(), body: { secret } });
  const failure = formError(result, {}, UNUSABLE);
  // What is no secret at all is refused by its form.
  if (failure?.code === 'INVALID_INPUT') return { failure: { message: page.incomplete, code: failure.code } };
  return failure ? { failure } : { invitation: result.data };
}

/** Create the account that the invitation is for, and log in. */
export async function accept(_before: FormState, form: FormData): Promise<FormState> {
  const { secret, password, ...values } = formText(form, 'secret', 'username', 'display_name', 'password');
  const { username, display_name } = values;
  const result = await acceptInvitation({
    client: await anonymousClient(form),
    body: { secret, username, password, ...(display_name && { display_name }) },
  });
  const error = formError(result, values, {
    ...UNUSABLE,
    EMAIL_TAKEN: page.emailTaken,
    USERNAME_TAKEN: { username: account.usernameTaken },
    USERNAME_RESERVED: { username: account.usernameReserved },
    PASSWORD_TOO_COMMON: { password: account.passwordTooCommon },
  });
  if (error) return error;
  if (result.data) await setSessionCookies(result.data);
  redirect(result.data?.user.role === 'reader' ? '/' : '/studio');
}
