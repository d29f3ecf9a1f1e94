/** The way of all requests to the API: each has a deadline, `API_TIMEOUT_S`. */
import type { GetMediaErrors, StreamJobErrors, UploadMediaErrors } from '@/client/types.gen';
import { repeating } from './idempotency';
import { secondsSetting } from './seconds-setting';
import { serverState } from './server-state';

const IMPATIENT_MS = 1000;

/** As `fetch`; a request that creates something is sent again, with its key, when the connection is lost. */
export const repeatingFetch = repeating((input, init) => fetch(input, init));

/** Statuses of an API, or a proxy in front of it, that is unavailable. */
const UNAVAILABLE = [502, 503, 504];
/** Codes of an API that is available but for one thing: another event stream or upload, or the storage of files. */
const PARTIAL: unknown[] = [
  'TOO_MANY_STREAMS' satisfies StreamJobErrors[503]['code'],
  'TOO_MANY_UPLOADS' satisfies UploadMediaErrors[503]['code'],
  'STORAGE_UNAVAILABLE' satisfies GetMediaErrors[503]['code'],
];

/** Return how long the API may take to respond, in milliseconds. */
export function apiTimeoutMs(): number {
  return secondsSetting('API_TIMEOUT_S') * 1000;
}

/** As `fetch`; rejects if the response is not complete in time. */
export const apiFetch: typeof fetch = async (input, init) => {
  const deadline = AbortSignal.timeout(timeoutMs(init));
  const signal = init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
  return noted(repeatingFetch(input, { ...init, signal }));
};

/** After a request without a response, the next reading requests find out sooner whether that is still so. */
function timeoutMs(init: RequestInit | undefined): number {
  const { unreachableAt = 0, respondedAt = 0 } = serverState();
  const isReading = ['GET', 'HEAD'].includes(init?.method ?? 'GET');
  return isReading && unreachableAt > respondedAt ? Math.min(IMPATIENT_MS, apiTimeoutMs()) : apiTimeoutMs();
}

/**
 * As `apiFetch`, for bodies that are passed on while they arrive: the deadline is for the headers, then for each part of
 * the body, so that a slow reader is not cut off.
 */
export const apiStreamFetch: typeof fetch = async (input, init) => {
  const { signal, abort, rest, clear } = deadline(init);
  try {
    const response = await noted(repeatingFetch(input, { ...init, signal }));
    clear();
    if (!response.body) return response;
    const { status, statusText, headers } = response;
    return new Response(readInTime(response.body, rest, clear, abort), { status, statusText, headers });
  } catch (error) {
    clear();
    throw error;
  }
};

/** A deadline that starts now, and again with each `rest`. */
function deadline(init: RequestInit | undefined) {
  const given = init?.signal;
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const abort = (reason?: unknown) => controller.abort(reason ?? new DOMException('The API did not respond in time', 'TimeoutError'));
  const clear = () => clearTimeout(timer);
  const rest = () => void (timer = setTimeout(abort, apiTimeoutMs()));
  timer = setTimeout(abort, timeoutMs(init));
  return { signal: given ? AbortSignal.any([given, controller.signal]) : controller.signal, abort, rest, clear };
}

function readInTime(
  body: ReadableStream<Uint8Array>,
  rest: () => void,
  clear: () => void,
  abort: (reason?: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      rest();
      try {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.error(error);
      } finally {
        clear();
      }
    },
    cancel(reason) {
      clear();
      abort(reason);
    },
  });
}

/** Note whether the API responds: while it does not, pages are served as they are. */
async function noted(call: Promise<Response>): Promise<Response> {
  const state = serverState();
  try {
    const response = await call;
    if (await isUnavailable(response)) state.unreachableAt = Date.now();
    else state.respondedAt = Date.now();
    return response;
  } catch (error) {
    // A visitor who leaves says nothing about the API.
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    state.unreachableAt = Date.now();
    // As for a lost connection: what has no response is a TypeError.
    throw error instanceof DOMException ? new TypeError(`the API did not respond in time (API_TIMEOUT_S): ${error.message}`) : error;
  }
}

/** Tell whether the whole API is unavailable: it also responds with 503 where only a part of it is. */
async function isUnavailable(response: Response): Promise<boolean> {
  if (!UNAVAILABLE.includes(response.status)) return false;
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return true;
  const problem: unknown = await response.clone().json().catch(() => undefined);
  return !PARTIAL.includes((problem as { code?: unknown } | undefined)?.code);
}
