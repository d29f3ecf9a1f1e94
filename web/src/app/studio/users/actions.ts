'use server';
import { refresh, updateTag } from 'next/cache';
import { redirect } from 'next/navigation';
import { deleteUser, resetSecondFactor, Role, updateUser, type UserChanges } from '@/client';
import { watchPublicChange } from '@/api/public-changes';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { clearSessionCookies, requireRole, sessionClient } from '@/session/current';

const { users, alreadyDeleted } = messages.manage;
const PATH = '/studio/users';

/** Problems that all changes of an account have in common. */
const KNOWN = {
  STEP_UP_REQUIRED: messages.account.stepUp.needed,
  ADMIN_ONLY: users.adminOnly,
  NOT_YOUR_ACCOUNT: users.adminOnly,
  LAST_ADMIN: users.lastAdmin,
  PRECONDITION_FAILED: users.stale,
  NOT_FOUND: alreadyDeleted,
  EMAIL_TAKEN: { email: users.emailTaken },
  TOO_MANY_EMAIL_CHANGES: { email: messages.account.pendingEmail.tooMany },
  USERNAME_TAKEN: { username: users.nameTaken },
  USERNAME_RESERVED: { username: users.nameReserved },
};

/** Update an account, with `If-Match`. */
async function change(form: FormData, body: UserChanges, values: Record<string, string>): Promise<FormState> {
  const { user_id, version } = formText(form, 'user_id', 'version');
  const client = await sessionClient();
  const staleTags = await watchPublicChange({ kind: 'user', id: Number(user_id), client });
  const result = await updateUser({
    client,
    path: { user_id: Number(user_id) },
    body,
    headers: { 'If-Match': version },
  });
  const error = formError(result, values, KNOWN);
  if (error) return error;
  for (const tag of await staleTags()) updateTag(tag);
  refresh();
  return { done: result.data?.display_name };
}

const roleIn = (form: FormData): Role | undefined =>
  Object.values(Role).find((role) => role === formText(form, 'role').role);

/** Update profile and role of an account. */
export async function saveUser(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const values = formText(form, 'display_name', 'username', 'email', 'bio');
  const role = roleIn(form);
  const after = await change(form, { ...values, email: values.email || undefined, role }, { ...values, role: role ?? '' });
  return after.done === undefined ? after : { done: users.profile.done(after.done) };
}

/** Activate or deactivate an account; deactivating revokes its sessions. */
export async function setActivity(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const is_active = formText(form, 'is_active').is_active === 'true';
  const after = await change(form, { is_active }, {});
  if (after.done === undefined) return after;
  return { done: is_active ? users.activity.doneOpen(after.done) : users.activity.doneClosed(after.done) };
}

/** Change the administrator's own role. A new role revokes all sessions, this one too. */
export async function stepDown(_before: FormState, form: FormData): Promise<FormState> {
  const me = await requireRole('admin');
  form.set('user_id', String(me.id));
  const after = await change(form, { role: roleIn(form) }, formText(form, 'role'));
  if (after.done === undefined) return after;
  await clearSessionCookies();
  redirect('/login?next=/studio');
}

/** Turn two-factor authentication of a user off who has lost it. */
export async function resetFactor(_before: FormState, form: FormData): Promise<FormState> {
  await requireRole('admin');
  const { user_id } = formText(form, 'user_id');
  const result = await resetSecondFactor({ client: await sessionClient(), path: { user_id: Number(user_id) } });
  const { STEP_UP_REQUIRED, NOT_FOUND } = KNOWN;
  const error = formError(result, {}, { STEP_UP_REQUIRED, NOT_FOUND });
  if (error) return error;
  refresh();
  return { done: users.secondFactor.done };
}

/** Delete another user's account, after the username was typed to confirm. */
export async function removeUser(_before: FormState, form: FormData): Promise<FormState> {
  const me = await requireRole('admin');
  const { user_id, version, username, typed } = formText(form, 'user_id', 'version', 'username', 'typed');
  if (typed !== username) return { values: { typed }, errors: { typed: users.remove.mismatch } };
  if (Number(user_id) === me.id) return { message: users.own.lead };
  const client = await sessionClient();
  const staleTags = await watchPublicChange({ kind: 'user', id: Number(user_id), client });
  const result = await deleteUser({
    client,
    path: { user_id: Number(user_id) },
    headers: { 'If-Match': version },
  });
  const { STEP_UP_REQUIRED, NOT_YOUR_ACCOUNT, LAST_ADMIN, PRECONDITION_FAILED, NOT_FOUND } = KNOWN;
  const known = { STEP_UP_REQUIRED, NOT_YOUR_ACCOUNT, LAST_ADMIN, PRECONDITION_FAILED, NOT_FOUND };
  const error = formError(result, { typed }, known);
  if (error) return error;
  for (const tag of await staleTags()) updateTag(tag);
  redirect(`${PATH}?done=deleted`);
}
