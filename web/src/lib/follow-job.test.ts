import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Job } from '@/client';
import * as api from '@/client/browser.gen';
import { followJob } from './follow-job';

vi.mock('@/client/browser.gen', () => ({ getJob: vi.fn(), streamJob: vi.fn() }));

const job = (state: Job['state'], done = 0) => ({ id: '1', state, progress: { done }, finished_at: state === 'succeeded' ? 'now' : null }) as Job;
const pause = () => Promise.resolve();
const stream = vi.mocked(api.streamJob);
const get = vi.mocked(api.getJob);

/** Let one stream send `jobs` and end; `refused` is what the API does when it has enough of them. */
function streams(jobs: Job[], refused = false) {
  stream.mockImplementationOnce((async (options: { onSseError: () => void }) => ({
    stream: (async function* () {
      if (refused) options.onSseError();
      yield* jobs;
    })(),
  })) as never);
}

const answers = (...jobs: Job[]) => jobs.forEach((data) => get.mockResolvedValueOnce({ data, response: new Response() } as never));

async function follow(options: Partial<Parameters<typeof followJob>[1]> = {}): Promise<Job[]> {
  const shown: Job[] = [];
  await followJob('1', { signal: new AbortController().signal, stream: true, show: (each) => shown.push(each), pause, ...options });
  return shown;
}

describe('followJob', () => {
  beforeEach(() => vi.resetAllMocks());

  it('shows what a stream sends, until the job has finished', async () => {
    streams([job('running', 1), job('running', 2), job('succeeded')]);
    expect((await follow()).map(({ progress }) => progress?.done)).toEqual([1, 2, 0]);
    expect(get).not.toHaveBeenCalled();
  });

  it('connects again when a stream has ended before the job', async () => {
    streams([job('running')]);
    streams([job('succeeded')]);
    expect(await follow()).toHaveLength(2);
  });

  it('asks again and again where the stream is refused', async () => {
    streams([], true);
    answers(job('running', 1), job('succeeded'));
    expect(await follow()).toHaveLength(2);
    expect(stream).toHaveBeenCalledOnce();
  });

  it('goes on asking while there is no answer', async () => {
    get.mockResolvedValueOnce({ error: {}, response: new Response(null, { status: 503 }) } as never);
    answers(job('succeeded'));
    expect(await follow({ stream: false })).toHaveLength(1);
  });

  it.each([401, 403, 404])('ends with a job that cannot be seen (%i)', async (status) => {
    get.mockResolvedValueOnce({ error: {}, response: new Response(null, { status }) } as never);
    expect(await follow({ stream: false })).toEqual([]);
  });

  it('shows nothing after it was ended', async () => {
    const ended = new AbortController();
    const end = () => { ended.abort(); return Promise.resolve(); };
    expect(await follow({ stream: false, signal: ended.signal, pause: end })).toEqual([]);
    expect(get).not.toHaveBeenCalled();
  });
});
