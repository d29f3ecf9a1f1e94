'use server';
/** Server Action that logs out. By a form, never by a link: a page of another site could follow one. */
import { redirect } from 'next/navigation';
import { logOut as endSession } from '@/client';
import { accessToken, clearSessionCookies, sessionClient } from './current';

export async function logOut(): Promise<void> {
  // Where the service does not answer, the browser forgets its tokens all the same.
  try {
    if (await accessToken()) await endSession({ client: await sessionClient() });
  } catch (error) {
    console.error('The session could not be ended in the API:', error);
  }
  await clearSessionCookies();
  redirect('/');
}
