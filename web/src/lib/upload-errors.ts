/** What is said of a file that is not sent, and of an upload that failed. */
import { fileSize, messages } from '@/messages';
import { failureOf, problemOf, type Result, retryAfterSeconds } from './problems';

const { upload: words } = messages;
const RETRY_AFTER_S = 5;

/** Return why a file is not sent at all, undefined if it is: the server would refuse it, after all of it has arrived. */
export function refusedFile(file: File, accept: string, maxBytes: number): string | undefined {
  const endings = accept.split(',').map((each) => each.trim().toLowerCase()).filter((each) => each.startsWith('.'));
  if (endings.length > 0 && !endings.some((ending) => file.name.toLowerCase().endsWith(ending))) {
    return words.wrongType(file.name, endings.join(', '));
  }
  if (file.size === 0) return words.empty(file.name);
  if (file.size > maxBytes) return words.tooLarge(file.name, fileSize(file.size), fileSize(maxBytes));
  return undefined;
}

/** Return why an upload failed, undefined if it did not. */
export async function uploadError(result: Result, file: File): Promise<string | undefined> {
  const failure = failureOf(result);
  if (failure === undefined) return undefined;
  if (failure === 'network') return (await isReadable(file)) ? words.disconnected : words.unreadable(file.name);
  const status = result.response?.status ?? 0;
  if (status === 401) return words.loggedOut;
  const problem = problemOf(result);
  if (problem?.code === 'TOO_MANY_UPLOADS') return words.busy(retryAfterSeconds(result as { response: Response }) ?? RETRY_AFTER_S);
  return messageOf(problem) ?? words.failed(status);
}

/** Return the first complaint about the input, or the problem in words. */
function messageOf(problem: { detail: string; errors?: { detail: string }[] } | undefined): string | undefined {
  return problem?.errors?.[0]?.detail ?? problem?.detail;
}

/** A file that was changed or removed after it was chosen fails as if the connection were lost. */
async function isReadable(file: File): Promise<boolean> {
  return file.slice(0, 1).arrayBuffer().then(() => true, () => false);
}
