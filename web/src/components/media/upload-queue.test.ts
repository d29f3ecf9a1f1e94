import { describe, expect, it } from 'vitest';
import type { Result } from '@/lib/problems';
import { UploadQueue, type UploadOptions } from './upload-queue';

type Answer = Result & { data?: { id: string } };

/** A queue whose server is played by the test. */
function opened() {
  const sending: { file: File; options: UploadOptions; respond: (answer: Answer) => Promise<void> }[] = [];
  const later: { call: () => void; ms: number }[] = [];
  const done: string[] = [];
  const queue = new UploadQueue<{ id: string }>(
    (file, options) =>
      new Promise((resolve) => {
        const respond = async (answer: Answer) => {
          resolve(answer);
          await new Promise((turn) => setImmediate(turn));
        };
        sending.push({ file, options, respond });
      }),
    (call, ms) => void later.push({ call, ms }),
  );
  queue.whenDone(({ id }) => done.push(id));
  return { queue, sending, later, done, states: () => queue.snapshot().map(({ is }) => is) };
}

const photo = (name: string, content = 'content') => new File([content], name);
const taken = (id: string): Answer => ({ data: { id }, response: new Response(null, { status: 201 }) });
const refused = (status: number, code: string, detail: string, headers = {}): Answer => ({
  error: { status, code, title: 'Refused', detail },
  response: new Response(null, { status, headers }),
});

describe('UploadQueue', () => {
  it('sends two files at a time, and tells what has become of each', async () => {
    const { queue, sending, done, states } = opened();
    queue.add([photo('1.png'), photo('2.png'), photo('3.png')]);
    expect(states()).toEqual(['sending', 'sending', 'waiting']);
    await sending[1]?.respond(taken('second'));
    expect(states()).toEqual(['sending', 'done', 'sending']);
    await sending[0]?.respond(taken('first'));
    await sending[2]?.respond(taken('third'));
    expect(done).toEqual(['second', 'first', 'third']);
    queue.dismiss();
    expect(queue.snapshot()).toEqual([]);
  });

  it('keeps a file that the server refused, with its reason, and sends the others', async () => {
    const { queue, sending, done, states } = opened();
    queue.add([photo('text.png'), photo('2.png')]);
    await sending[0]?.respond(refused(415, 'UNSUPPORTED_MEDIA', 'The file is not an image.'));
    expect(queue.snapshot()[0]).toMatchObject({ is: 'failed', error: 'The file is not an image.', isRefused: false });
    await sending[1]?.respond(taken('second'));
    expect(states()).toEqual(['failed', 'done']);
    expect(done).toEqual(['second']);
  });

  it('sends a file again with its key, and each file with its own', async () => {
    const { queue, sending } = opened();
    queue.add([photo('1.png'), photo('2.png')]);
    await sending[0]?.respond(refused(503, 'SERVICE_UNAVAILABLE', 'Try again later.'));
    queue.retry(queue.snapshot()[0]?.id ?? 0);
    const keys = sending.map(({ options }) => options.headers['Idempotency-Key']);
    expect(keys).toEqual([keys[0], keys[1], keys[0]]);
    expect(keys[1]).not.toBe(keys[0]);
  });

  it('does not send an empty file', () => {
    const { queue, sending } = opened();
    queue.add([photo('empty.png', '')]);
    expect(queue.snapshot()[0]).toMatchObject({ is: 'failed', isRefused: true, error: expect.stringContaining('empty') });
    expect(sending).toEqual([]);
  });

  it('cancels a file that is sent or waits, and sends it when it is tried again', async () => {
    const { queue, sending, done, states } = opened();
    queue.add([photo('1.png'), photo('2.png'), photo('3.png')]);
    queue.cancel(3);
    queue.cancel(1);
    expect(sending[0]?.options.signal.aborted).toBe(true);
    await sending[0]?.respond({ error: new DOMException('', 'AbortError') });
    expect(states()).toEqual(['failed', 'sending', 'failed']);
    queue.retry(1);
    expect(sending.at(-1)?.file.name).toBe('1.png');
    await sending.at(-1)?.respond(taken('first'));
    expect(done).toEqual(['first']);
  });

  it('waits for as long as a busy server says', async () => {
    const { queue, sending, later, states } = opened();
    queue.add([photo('1.png')]);
    await sending[0]?.respond(refused(503, 'TOO_MANY_UPLOADS', 'Busy.', { 'Retry-After': '7' }));
    expect(states()).toEqual(['waiting']);
    expect(sending).toHaveLength(1);
    expect(later[0]?.ms).toBe(7000);
    later[0]?.call();
    expect(sending).toHaveLength(2);
  });

  it('sends nothing more when the page is left', async () => {
    const { queue, sending } = opened();
    queue.add([photo('1.png'), photo('2.png'), photo('3.png')]);
    queue.stop();
    expect(sending.map(({ options }) => options.signal.aborted)).toEqual([true, true]);
    await sending[0]?.respond({ error: new DOMException('', 'AbortError') });
    expect(sending).toHaveLength(2);
  });
});
