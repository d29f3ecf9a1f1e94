import { unstable_doesMiddlewareMatch as isMatched } from 'next/experimental/testing/server';
import { describe, expect, it, vi } from 'vitest';
import { config } from './proxy';

vi.mock('server-only', () => ({}));

const asks = (url: string, contentType?: string) =>
  isMatched({ config, nextConfig: {}, url, headers: contentType ? { 'content-type': contentType } : {} });

describe('the proxy', () => {
  it.each(['/', '/studio', '/posts/a', '/api/posts', '/apiary', '/media/a.png'])('sees %s', (url) => {
    expect(asks(url)).toBe(true);
    expect(asks(url, 'application/json')).toBe(true);
  });

  it('sees no uploads to the API, whose bodies Next would keep in memory and cut off', () => {
    expect(asks('/api/imports', 'multipart/form-data; boundary=b')).toBe(false);
    expect(asks('/api/imports')).toBe(true);
    expect(asks('/contact', 'multipart/form-data; boundary=b')).toBe(true); // of a legacy site
  });

  it.each(['/_next/static/a.js', '/_next/image'])('does not see %s', (url) => expect(asks(url)).toBe(false));
});
