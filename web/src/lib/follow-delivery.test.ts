import { beforeEach, expect, it, vi } from 'vitest';
import type { WebhookDeliveryDetails } from '@/client';
import * as api from '@/client/browser.gen';
import { followDelivery } from './follow-delivery';

vi.mock('@/client/browser.gen', () => ({ getWebhookDelivery: vi.fn() }));

const get = vi.mocked(api.getWebhookDelivery);
const pause = () => Promise.resolve();
const follow = (signal = new AbortController().signal) => followDelivery('1', 2, { signal, pause });

/** Let the API answer with a delivery; `attempts` are when each ended. */
function answers(state: string, ...attempts: (string | null)[]) {
  const data = { state, log: attempts.map((finished_at) => ({ finished_at })) } as WebhookDeliveryDetails;
  get.mockResolvedValueOnce({ data, response: new Response() } as never);
}

beforeEach(() => vi.resetAllMocks());

it('ends with the first attempt, though the message is sent again later', async () => {
  answers('waiting');
  answers('waiting', null);
  answers('waiting', 'now');
  expect((await follow())?.log).toHaveLength(1);
  expect(get).toHaveBeenCalledTimes(3);
});

it('goes on asking while there is no answer', async () => {
  get.mockResolvedValueOnce({ error: {}, response: new Response(null, { status: 503 }) } as never);
  answers('delivered', 'now');
  expect((await follow())?.state).toBe('delivered');
});

it('gives up where no worker runs', async () => {
  get.mockResolvedValue({ data: { state: 'waiting', log: [] }, response: new Response() } as never);
  expect(await follow()).toBeUndefined();
});

it('asks nothing after it was ended', async () => {
  const ended = new AbortController();
  ended.abort();
  expect(await follow(ended.signal)).toBeUndefined();
  expect(get).not.toHaveBeenCalled();
});
