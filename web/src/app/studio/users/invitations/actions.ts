'use server';
import { refresh } from 'next/cache';
import { createInvitation, resendInvitation, revokeInvitation } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { INVITED_ROLES } from './roles';

const { account, invitations, manage } = messages;

/** Send an invitation. */
export async function invite(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const values = formText(form, 'email', 'role', 'name', 'message');
  const { email, name, message } = values;
  const role = INVITED_ROLES.find((each) => each === values.role) ?? 'author';
  const body = { email, role, name: name || null, message: message.trim() || null };
  const error = formError(await createInvitation({ client: await sessionClient(form), body }), values, {
    STEP_UP_REQUIRED: account.stepUp.needed,
    FORBIDDEN: manage.users.adminOnly,
    EMAIL_TAKEN: { email: invitations.emailTaken },
    ALREADY_INVITED: { email: invitations.alreadyInvited },
  });
  if (!error) refresh();
  return error ?? { done: invitations.add.done(email) };
}

/** Send an invitation again, with a new link. */
export async function resend(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { invitation_id, email } = formText(form, 'invitation_id', 'email');
  const result = await resendInvitation({ client: await sessionClient(), path: { invitation_id } });
  const error = formError(result, {}, {
    STEP_UP_REQUIRED: account.stepUp.needed,
    FORBIDDEN: manage.users.adminOnly,
    EMAIL_TAKEN: invitations.emailTaken,
    INVITATION_CLOSED: invitations.closed,
    NOT_FOUND: manage.alreadyDeleted,
  });
  if (!error) refresh();
  return error ?? { done: invitations.resend.done(email) };
}

/** Revoke an invitation. */
export async function revoke(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { invitation_id, email } = formText(form, 'invitation_id', 'email');
  const result = await revokeInvitation({ client: await sessionClient(), path: { invitation_id } });
  const error = formError(result, {}, {
    FORBIDDEN: manage.users.adminOnly,
    INVITATION_CLOSED: invitations.closed,
    NOT_FOUND: manage.alreadyDeleted,
  });
  if (!error) refresh();
  return error ?? { done: invitations.revoke.done(email) };
}
