/** `fetch` for uploads in browsers: it tells how much has been sent, which XMLHttpRequest alone knows. */

export type Sent = { bytes: number; totalBytes: number };

/** For so long nothing may move; afterwards the connection is taken for lost. The server itself waits for less. */
const STALLED_MS = 60_000;

/**
 * Return a `fetch` for one operation of `@/client/browser.gen`, which calls `onSent` as the body leaves. It rejects as `fetch`
 * does: with the reason of the signal when it is aborted, with a TypeError when there is no response.
 */
export function uploadFetch(onSent: (sent: Sent) => void): typeof fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const { signal } = init;
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const request = new XMLHttpRequest();
      const abort = () => request.abort();
      let stalled = setTimeout(abort, STALLED_MS);
      const moved = () => {
        clearTimeout(stalled);
        stalled = setTimeout(abort, STALLED_MS);
      };
      signal?.addEventListener('abort', abort);
      request.open(init.method ?? 'GET', String(input));
      new Headers(init.headers).forEach((value, name) => request.setRequestHeader(name, value));
      request.responseType = 'arraybuffer';
      request.upload.onprogress = ({ loaded, total }) => {
        moved();
        onSent({ bytes: loaded, totalBytes: total });
      };
      request.onprogress = moved;
      request.onload = () => resolve(responseOf(request));
      request.onerror = () => reject(new TypeError('The connection was lost.'));
      request.onabort = () => reject(signal?.aborted ? signal.reason : new TypeError('The server did not respond in time.'));
      request.onloadend = () => {
        clearTimeout(stalled);
        signal?.removeEventListener('abort', abort);
      };
      request.send(init.body as XMLHttpRequestBodyInit | null | undefined);
    });
}

function responseOf(request: XMLHttpRequest): Response {
  const lines = request.getAllResponseHeaders().trim().split(/\r?\n/).filter(Boolean);
  const headers = new Headers(lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
  const isEmpty = [204, 205, 304].includes(request.status);
  return new Response(isEmpty ? null : (request.response as ArrayBuffer), { status: request.status, statusText: request.statusText, headers });
}
