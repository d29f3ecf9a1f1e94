'use server';
import { redirect } from 'next/navigation';
import { logIn, registerUser, requestSignUp } from '@/client';
import { type FormState, formError, formText } from '@/components/form-state';
import { messages } from '@/messages';
import { anonymousClient, setSessionCookies } from '@/session/current';
import { safeRedirectPath } from '@/session/redirect-target';

/** Register an account, and log in; or have a link mailed, where addresses are proved first. */
export async function signUp(_before: FormState, form: FormData): Promise<FormState> {
  const { password, ...values } = formText(form, 'display_name', 'username', 'email', 'password');
  const { display_name, username, email } = values;
  const { emailTaken, passwordTooCommon, usernameTaken, usernameReserved } = messages.account;
  const client = await anonymousClient();
  const registered = await registerUser({
    client,
    body: { username, email, password, ...(display_name && { display_name }) },
  });
  const error = formError(registered, values, {
    EMAIL_TAKEN: { email: emailTaken },
    USERNAME_TAKEN: { username: usernameTaken },
    USERNAME_RESERVED: { username: usernameReserved },
    PASSWORD_TOO_COMMON: { password: passwordTooCommon },
  });
  if (error) return error;
  if (registered.response?.status === 202) return { values: { email }, done: messages.account.signUp.mailed(email) };
  const next = safeRedirectPath(form.get('next'));
  const { data } = await logIn({ client, body: { email, password } });
  // The account exists. If logging in failed, the log-in page can try again.
  if (!data) redirect(`/login?next=${encodeURIComponent(next)}`);
  await setSessionCookies(data);
  redirect(next);
}

/** Let a link be mailed with which an account is created. What is said afterwards is the same for every address. */
export async function askForLink(_before: FormState, form: FormData): Promise<FormState> {
  const values = formText(form, 'email');
  const error = formError(await requestSignUp({ client: await anonymousClient(), body: values }), values);
  return error ?? { values, done: messages.account.signUp.mailed(values.email) };
}
