/**
 * `Idempotency-Key`: a request that creates something can be sent again, and is carried out once. The client adds a key
 * to each such request; whoever repeats one later, after an error that a person has seen, gives it the key of the first.
 */
// Relative, for next.config.ts, which knows no alias.
import { idempotentOperations } from '../client/idempotent.gen';

export const IDEMPOTENCY_KEY = 'Idempotency-Key' as const;
/** The field of a form with the key of its submission. */
export const KEY_FIELD = 'idempotency_key';

const TRIES = 3;
const PAUSE_MS = 300;

const accepting = new Set<string>(idempotentOperations);

/** Return a random UUID. Browsers have `randomUUID` on secure pages only. */
export function newKey(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Return the header with the key that a form was submitted with, none if it has none: the client will add one. */
export function keyOfForm(form: FormData): Record<string, string> {
  const key = form.get(KEY_FIELD);
  return typeof key === 'string' && /^[!-~]{1,255}$/.test(key) ? { [IDEMPOTENCY_KEY]: key } : {};
}

type Options = { method?: string; url: string; headers: Headers };

/** Add a key to the options of a request of the generated client that accepts one and has none. */
export async function addIdempotencyKey(options: unknown): Promise<unknown> {
  const { method, url, headers } = options as Options;
  if (accepting.has(`${method} ${url}`) && !headers.has(IDEMPOTENCY_KEY)) headers.set(IDEMPOTENCY_KEY, newKey());
  return options;
}

/** Return a `fetch` that sends a request with a key again when the connection is lost: twice at most, after a moment. */
export function repeating(send: typeof fetch, pauseMs = PAUSE_MS): typeof fetch {
  return async (input, init) => {
    const tries = new Headers(init?.headers).has(IDEMPOTENCY_KEY) && !(init?.body instanceof ReadableStream) ? TRIES : 1;
    for (let number = 1; ; number += 1) {
      try {
        return await send(input, init);
      } catch (error) {
        // An aborted request is no TypeError, unless its signal has a reason that is one.
        if (number >= tries || !(error instanceof TypeError) || init?.signal?.aborted) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs * number));
    }
  };
}
