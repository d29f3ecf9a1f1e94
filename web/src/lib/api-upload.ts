/**
 * The way of uploads to the API: passed on as they arrive, at the speed at which the API takes them. Nothing is held here,
 * so the API's limit is the only one.
 */
import { type ClientRequest, type IncomingMessage, request as overHttp, type RequestOptions } from 'node:http';
import { request as overTls } from 'node:https';
import { Readable } from 'node:stream';

/**
 * For so long nothing may move in either direction. More than the API waits for a client that pauses, and than it needs to
 * make sure that a large file is on its disk.
 */
const IDLE_MS = 60_000;

const EVENTS = ['drain', 'response', 'close'];

type Body = ReadableStream<Uint8Array> | null;
type Upload = { method: string; headers: Headers; body: Body; signal: AbortSignal };

/**
 * Return the API's response, which may come before the body is sent: a refusal. Rejects if there is none, or nothing moves;
 * when `signal` is aborted, the request ends at the API too, which keeps nothing of it.
 */
export async function apiUpload(address: string, { method, headers, body, signal }: Upload): Promise<Response> {
  const options = { method, headers: Object.fromEntries(headers), signal };
  const response = await send(new URL(address), options, body);
  const { statusCode: status = 502, rawHeaders } = response;
  const named = rawHeaders.flatMap((name, at): [string, string][] => (at % 2 ? [] : [[name, rawHeaders[at + 1] ?? '']]));
  return new Response(Readable.toWeb(response) as ReadableStream, { status, headers: new Headers(named) });
}

/** Node's own request: `fetch` loses a response that comes while the body is being sent. */
function send(address: URL, options: RequestOptions, body: Body): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // A connection of its own: the API closes one whose body it has not read.
    const request = (address.protocol === 'https:' ? overTls : overHttp)(address, { ...options, agent: false });
    request.setTimeout(IDLE_MS, () => request.destroy(new TypeError(`nothing moved for ${IDLE_MS / 1000} s`)));
    request.on('error', reject).on('response', resolve);
    request.flushHeaders(); // A refusal need not wait for the first piece.
    passOn(body, request).catch((error: Error) => request.destroy(error));
  });
}

/**
 * Write the body to the request, waiting while that is full. What comes after the response is read and dropped: a browser
 * reads a refusal when it has sent everything, and to cancel the body would close its connection.
 */
async function passOn(body: Body, request: ClientRequest): Promise<void> {
  let isOver = false;
  request.on('response', () => (isOver = true)).on('close', () => (isOver = true));
  const reader = body?.getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    if (!isOver && !request.write(read.value)) await writable(request);
  }
  if (!isOver) request.end();
}

function writable(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of EVENTS) request.off(event, done);
      resolve();
    };
    for (const event of EVENTS) request.on(event, done);
  });
}
