/**
 * Scripts and style sheets, compressed with Brotli as far as it goes: a seventh less than what Next sends. That takes
 * time, so each is compressed once, when a browser first asks for it, and kept in memory.
 */
import { subscribe } from 'node:diagnostics_channel';
import { type IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const COMPRESSED = /^(\/_next\/static\/[^?]+|\/start|\/reading)\.(js|css)(\?|$)/;
/** More than a build has: names of files that do not exist are not kept. */
const MOST_KEPT = 1000;

const compress = promisify(brotliCompress);
const kept = new Map<string, Promise<Buffer>>();

/** Compress what this process sends from now on. */
export function compressScripts(): void {
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (!COMPRESSED.test(request.url ?? '') || request.method !== 'GET' || request.headers.range) return;
    if (!acceptsBrotli(String(request.headers['accept-encoding'] ?? ''))) return;
    // Next is to send it as it is.
    request.headers['accept-encoding'] = 'identity';
    collect(response, request.url ?? '');
  });
}

/** Return whether Accept-Encoding (RFC 9110, section 12.5.3) names Brotli, and does not refuse it by a weight of 0. */
export function acceptsBrotli(header: string): boolean {
  return header.split(',').some((each) => /^\s*br\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(each));
}

/** Collect the body of a response, and send it compressed. */
function collect(response: ServerResponse, url: string): void {
  const { writeHead, write, end } = response;
  const parts: Buffer[] = [];
  const add = (chunk: unknown, encoding?: unknown) => {
    if (typeof chunk === 'string') parts.push(Buffer.from(chunk, encoding as BufferEncoding));
    else if (chunk instanceof Uint8Array) parts.push(Buffer.from(chunk));
  };
  const isWhole = () => response.statusCode === 200 && !response.hasHeader('content-encoding');
  Object.assign(response, {
    writeHead(...args: Parameters<typeof writeHead>) {
      if (typeof args[0] === 'number') response.statusCode = args[0];
      return isWhole() && args.length === 1 ? response : writeHead.apply(response, args);
    },
    write(...args: Parameters<typeof write>) {
      if (!isWhole() || response.headersSent) return write.apply(response, args);
      add(args[0], args[1]);
      args.find((each) => typeof each === 'function')?.(null);
      return true;
    },
    end(...args: Parameters<typeof end>) {
      if (!isWhole() || response.headersSent) return end.apply(response, args);
      add(args[0], args[1]);
      void send(response, url, Buffer.concat(parts), args.find((each) => typeof each === 'function'));
      return response;
    },
  });
}

async function send(response: ServerResponse, url: string, body: Buffer, done?: () => void): Promise<void> {
  const { prototype } = ServerResponse;
  const etag = String(response.getHeader('etag') ?? '');
  // The two under a name that stays have another ETag when they change.
  const compressed = await compressedOnce(`${url} ${etag}`, body).catch(() => undefined);
  if (compressed) {
    response.setHeader('Content-Encoding', 'br');
    if (etag && !etag.startsWith('W/')) response.setHeader('ETag', `W/${etag}`);
  }
  response.setHeader('Vary', 'Accept-Encoding');
  response.setHeader('Content-Length', (compressed ?? body).length);
  prototype.writeHead.call(response, response.statusCode);
  prototype.end.call(response, compressed ?? body, 'utf8', done);
}

function compressedOnce(key: string, body: Buffer): Promise<Buffer> {
  const found = kept.get(key) ?? compress(body, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } });
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, found);
  return found;
}
