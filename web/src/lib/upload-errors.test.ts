import { describe, expect, it } from 'vitest';
import { refusedFile, uploadError } from './upload-errors';

const file = (name: string, size: number) => ({ name, size, slice: () => new Blob(['x']) }) as unknown as File;

function refused(status: number, error: object | string = {}, headers: Record<string, string> = {}) {
  return { error: typeof error === 'string' ? error : { status, title: 'T', ...error }, response: new Response(null, { status, headers }) };
}

describe('refusedFile', () => {
  it.each([
    ['blog.zip', 10, undefined],
    ['BLOG.ZIP', 10, undefined],
    ['blog.tar', 10, '“blog.tar” is not a .zip file.'],
    ['zip', 10, '“zip” is not a .zip file.'],
    ['blog.zip', 0, '“blog.zip” is empty.'],
    ['blog.zip', 1000, undefined],
    ['blog.zip', 1001, '“blog.zip” is too large: it has 1 kB, and the limit is 1 kB.'],
  ])('%s of %i bytes', (name, size, expected) => {
    expect(refusedFile(file(name, size), '.zip,application/zip', 1000)).toBe(expected);
  });

  it('takes any name where no ending is asked for', () => {
    expect(refusedFile(file('blog', 10), 'image/*', 1000)).toBeUndefined();
  });
});

describe('uploadError', () => {
  it('is nothing after a success', async () => {
    expect(await uploadError({ data: {}, response: new Response() }, file('a.zip', 1))).toBeUndefined();
  });

  it.each([
    ['a problem', refused(413, { code: 'CONTENT_TOO_LARGE', detail: 'The body is larger than 5 bytes.' }), 'The body is larger than 5 bytes.'],
    ['the first of several complaints', refused(400, { code: 'INVALID_INPUT', detail: 'Validation failed.', errors: [{ code: 'X', detail: 'It is no zip.' }] }), 'It is no zip.'],
    ['a session that has ended', refused(401, { code: 'TOKEN_EXPIRED', detail: 'The token expired.' }), 'You are no longer logged in. Log in in another tab, then try again.'],
    ['a busy server', refused(503, { code: 'TOO_MANY_UPLOADS', detail: 'Busy.' }, { 'retry-after': '7' }), 'The server is receiving other uploads. Try again in 7 seconds.'],
    ['the page of a proxy', refused(502, '<h1>'), 'The upload failed (502), and nothing was stored. Try again later.'],
    ['no response', { error: new TypeError('failed') }, 'The connection was lost, and nothing was stored. Check your connection and try again.'],
  ])('of %s', async (_, result, expected) => {
    expect(await uploadError(result, file('a.zip', 1))).toBe(expected);
  });

  it('of a file that has gone meanwhile', async () => {
    const gone = { name: 'a.zip', slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('', 'NotReadableError')) }) };
    expect(await uploadError({ error: new TypeError('failed') }, gone as unknown as File)).toContain('could not be read');
  });
});
