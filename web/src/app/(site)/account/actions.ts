'use server';
import { redirect } from 'next/navigation';
import { refresh, updateTag } from 'next/cache';
import {
  cancelEmailChange,
  cancelUserDeletion,
  changePassword,
  createAccountExport,
  deleteAccountExport,
  deleteUser,
  endSession,
  logOutEverywhere,
  removeAvatar,
  updateMe,
} from '@/client';
import { tagsOfEvent } from '@/api/event-tags';
import { watchPublicChange } from '@/api/public-changes';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { clearSessionCookies, requireUser, sessionClient, setSessionCookies } from '@/session/current';

const { account } = messages;

/** Update the user's profile, with `If-Match`. */
export async function saveProfile(_before: FormState, form: FormData): Promise<FormState> {
  const before = await requireUser();
  const values = formText(form, 'display_name', 'username', 'email', 'bio');
  const client = await sessionClient();
  const staleTags = await watchPublicChange({ kind: 'user', id: 'me', client });
  const result = await updateMe({
    client,
    body: { ...values, bio: values.bio.replaceAll('\r\n', '\n') },
    headers: { 'If-Match': formText(form, 'version').version },
  });
  const error = formError(result, values, {
    STEP_UP_REQUIRED: account.stepUp.needed,
    PRECONDITION_FAILED: account.changedElsewhere,
    TOO_MANY_EMAIL_CHANGES: { email: account.pendingEmail.tooMany },
    USERNAME_TAKEN: { username: account.usernameTaken },
    USERNAME_RESERVED: { username: account.usernameReserved },
  });
  if (error) return error;
  for (const tag of await staleTags()) updateTag(tag);
  // The form goes on from the new version, also where readers see no change.
  refresh();
  const asked = result.data?.pending_email;
  return { done: asked && asked !== before.pending_email ? account.pendingEmail.saved : account.profile.saved };
}

/** Mail another link to the address that waits for its confirmation. */
export async function mailPendingEmail(_before: FormState, _form: FormData): Promise<FormState> {
  const { pending_email: email } = await requireUser();
  if (!email) return { done: account.pendingEmail.cancelled };
  const error = formError(await updateMe({ client: await sessionClient(), body: { email } }), {}, {
    STEP_UP_REQUIRED: account.stepUp.needed,
    TOO_MANY_EMAIL_CHANGES: account.pendingEmail.tooMany,
  });
  if (error) return error;
  refresh();
  return { done: account.pendingEmail.sentAgain };
}

/** Keep the present address. */
export async function cancelPendingEmail(_before: FormState, _form: FormData): Promise<FormState> {
  await requireUser();
  const error = formError(await cancelEmailChange({ client: await sessionClient() }), {});
  if (error) return error;
  refresh();
  return { done: account.pendingEmail.cancelled };
}

/** Show the picture that the browser has uploaded: here, and on the pages of readers. */
export async function avatarChanged(): Promise<FormState> {
  await requireUser();
  // What readers saw before is not known any more: all that shows users is stale.
  for (const tag of await tagsOfEvent({ type: 'user.updated', data: {} })) updateTag(tag);
  refresh();
  return { done: messages.media.avatar.uploaded };
}

/** Remove the user's picture: their initials are shown instead. */
export async function removeOwnAvatar(): Promise<FormState> {
  const { id: user_id } = await requireUser();
  const client = await sessionClient();
  const staleTags = await watchPublicChange({ kind: 'user', id: 'me', client });
  const error = formError(await removeAvatar({ client, path: { user_id } }), {});
  if (error) return error;
  for (const tag of await staleTags()) updateTag(tag);
  refresh();
  return { done: messages.media.avatar.removed };
}

/** Switch mails about comments on or off. */
export async function saveMails(_before: FormState, form: FormData): Promise<FormState> {
  await requireUser();
  const comment_notifications = form.has('comment_notifications');
  const error = formError(await updateMe({ client: await sessionClient(), body: { comment_notifications } }), {});
  if (error) return error;
  refresh();
  return { done: comment_notifications ? account.mails.on : account.mails.off };
}

/** Change the password. This session gets new tokens, all others are revoked. */
export async function savePassword(_before: FormState, form: FormData): Promise<FormState> {
  await requireUser();
  const body = formText(form, 'current_password', 'new_password');
  const result = await changePassword({ client: await sessionClient(), body });
  const error = formError(result, {}, {
    INVALID_CURRENT_PASSWORD: { current_password: account.changePassword.wrong },
    PASSWORD_TOO_COMMON: { new_password: account.passwordTooCommon },
  });
  if (error) return error;
  if (result.data) await setSessionCookies(result.data);
  return { done: account.changePassword.saved };
}

/** Revoke all sessions of the user; with `keep_current` all but this one. */
export async function endSessions(_before: FormState, form: FormData): Promise<FormState> {
  await requireUser();
  const keep_current = form.has('keep_current');
  const error = formError(await logOutEverywhere({ client: await sessionClient(), query: { keep_current } }), {});
  if (error) return error;
  if (keep_current) return { done: account.logOutEverywhere.done };
  await clearSessionCookies();
  redirect('/login');
}

/** Log one device out, which may be this one. */
export async function endOneSession(_before: FormState, form: FormData): Promise<FormState> {
  await requireUser();
  const { session_id } = formText(form, 'session_id');
  const error = formError(await endSession({ client: await sessionClient(), path: { session_id } }), {}, {
    NOT_FOUND: account.sessions.ended,
  });
  refresh();
  return error ?? { done: account.sessions.done };
}

/** Delete the user's account, after the username was typed to confirm: at once, or after some days in which it can be kept. */
export async function deleteAccount(_before: FormState, form: FormData): Promise<FormState> {
  const user = await requireUser();
  const { username } = formText(form, 'username');
  if (username !== user.username) return { values: { username }, errors: { username: account.deletion.mismatch } };
  const client = await sessionClient();
  const staleTags = await watchPublicChange({ kind: 'user', id: user.id, client });
  const result = await deleteUser({ client, path: { user_id: user.id } });
  const error = formError(result, { username }, {
    STEP_UP_REQUIRED: account.stepUp.needed,
    LAST_ADMIN: account.deletion.lastAdmin,
  });
  if (error) return error;
  if (result.response?.status === 202) {
    refresh();
    return {};
  }
  for (const tag of await staleTags()) updateTag(tag);
  await clearSessionCookies();
  redirect('/');
}

/** Keep the account that was to be deleted. */
export async function keepAccount(_before: FormState, _form: FormData): Promise<FormState> {
  const { id: user_id } = await requireUser();
  const error = formError(await cancelUserDeletion({ client: await sessionClient(), path: { user_id } }), {});
  if (error) return error;
  refresh();
  return { done: account.deletion.kept };
}

/** Have the user's data written to an archive, in place of one of before. */
export async function exportOwnData(_before: FormState, form: FormData): Promise<FormState> {
  await requireUser();
  const error = formError(await createAccountExport({ client: await sessionClient(form) }), {}, {
    STEP_UP_REQUIRED: account.stepUp.needed,
  });
  if (error) return error;
  refresh();
  return { done: account.ownData.started };
}

/** Delete the archive with the user's data, or stop writing it. */
export async function removeOwnData(_before: FormState, _form: FormData): Promise<FormState> {
  await requireUser();
  const result = await deleteAccountExport({ client: await sessionClient() });
  const error = formError(result, {}, { NO_ACCOUNT_EXPORT: account.ownData.removed });
  refresh();
  return error ?? { done: account.ownData.removed };
}
