import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { uploadFetch } from './upload-fetch';

/** XMLHttpRequest of a browser whose network is played by the test. */
class FakeRequest {
  static last: FakeRequest;
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  onloadend?: () => void;
  onprogress?: () => void;
  status = 0;
  statusText = '';
  response: ArrayBuffer | null = null;
  responseType = '';
  opened: unknown[] = [];
  sent: unknown;
  headers: Record<string, string> = {};
  isAborted = false;
  constructor() {
    FakeRequest.last = this;
  }
  open(...opened: unknown[]) {
    this.opened = opened;
  }
  setRequestHeader(name: string, value: string) {
    this.headers[name] = value;
  }
  getAllResponseHeaders() {
    return 'content-type: application/json\r\nretry-after: 5\r\n';
  }
  send(body: unknown) {
    this.sent = body;
  }
  abort() {
    this.isAborted = true;
    this.onabort?.();
    this.onloadend?.();
  }
  respond(status: number, body: string) {
    this.status = status;
    this.response = new TextEncoder().encode(body).buffer;
    this.onload?.();
    this.onloadend?.();
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('XMLHttpRequest', FakeRequest);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('uploadFetch', () => {
  it('sends what fetch would send, and tells how much has left', async () => {
    const told: unknown[] = [];
    const body = new FormData();
    const response = uploadFetch((sent) => told.push(sent))('/api/imports', { method: 'POST', headers: { 'X-A': 'b' }, body });
    const { last } = FakeRequest;
    last.upload.onprogress?.({ loaded: 5, total: 10 });
    last.respond(202, '{"id":"1"}');

    expect(last.opened).toEqual(['POST', '/api/imports']);
    expect(last.headers).toEqual({ 'x-a': 'b' });
    expect(last.sent).toBe(body);
    expect(told).toEqual([{ bytes: 5, totalBytes: 10 }]);
    expect(await (await response).json()).toEqual({ id: '1' });
    expect((await response).headers.get('retry-after')).toBe('5');
  });

  it('returns refusals, as fetch does', async () => {
    const response = uploadFetch(() => {})('/api/imports', { method: 'POST' });
    FakeRequest.last.respond(413, '{"code":"CONTENT_TOO_LARGE"}');
    expect((await response).status).toBe(413);
  });

  it('rejects with a TypeError when the connection is lost', async () => {
    const response = uploadFetch(() => {})('/api/imports', { method: 'POST' });
    FakeRequest.last.onerror?.();
    await expect(response).rejects.toThrow(TypeError);
  });

  it('ends with the signal, and says that it was aborted', async () => {
    const abort = new AbortController();
    const response = uploadFetch(() => {})('/api/imports', { method: 'POST', signal: abort.signal });
    abort.abort();
    expect(FakeRequest.last.isAborted).toBe(true);
    await expect(response).rejects.toMatchObject({ name: 'AbortError' });
    await expect(uploadFetch(() => {})('/api/imports', { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('waits for as long as something moves, and no longer', async () => {
    const response = uploadFetch(() => {})('/api/imports', { method: 'POST' });
    const { last } = FakeRequest;
    for (let minute = 0; minute < 5; minute++) {
      vi.advanceTimersByTime(59_000);
      last.upload.onprogress?.({ loaded: minute, total: 10 });
    }
    expect(last.isAborted).toBe(false);
    vi.advanceTimersByTime(60_000);
    expect(last.isAborted).toBe(true);
    await expect(response).rejects.toThrow(TypeError);
  });
});
