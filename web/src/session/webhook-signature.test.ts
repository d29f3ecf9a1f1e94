import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { isSignedWebhook, webhookKey } from './webhook-signature';

// The example of the specification's own libraries.
const KEY = webhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
const BODY = new TextEncoder().encode('{"test": 2432232314}');
const SENT_MS = 1_614_265_330_000;
const EXAMPLE = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

const isSigned = (changed: Record<string, string> = {}, { body = BODY, key = KEY, nowMs = SENT_MS } = {}) =>
  isSignedWebhook(new Headers({ ...EXAMPLE, ...changed }), body, key, nowMs);

describe('a webhook', () => {
  it('that is signed as the specification says is accepted, for five minutes each way', () => {
    expect(isSigned()).toBe(true);
    expect(isSigned({}, { nowMs: SENT_MS + 299_000 })).toBe(true);
    expect(isSigned({}, { nowMs: SENT_MS - 299_000 })).toBe(true);
  });

  it('is accepted with one of several signatures', () => {
    expect(isSigned({ 'webhook-signature': `v1a,AAAA v1,AAAA ${EXAMPLE['webhook-signature']}` })).toBe(true);
  });

  it.each<Record<string, string>>([
    { 'webhook-id': 'msg_another' },
    { 'webhook-timestamp': '1614265331' },
    { 'webhook-timestamp': '1614265330.0' },
    { 'webhook-timestamp': '' },
    { 'webhook-signature': '' },
    { 'webhook-signature': 'v1,' },
    { 'webhook-signature': 'v1' },
    { 'webhook-signature': EXAMPLE['webhook-signature'].replace('v1', 'v2') },
    { 'webhook-signature': EXAMPLE['webhook-signature'].replace('g0', 'g1') },
  ])('is refused with %o', (changed) => {
    expect(isSigned(changed)).toBe(false);
  });

  it('is refused with another body or key, and later than five minutes', () => {
    expect(isSigned({}, { body: new TextEncoder().encode('{"test": 2432232315}') })).toBe(false);
    expect(isSigned({}, { key: webhookKey(`whsec_${Buffer.alloc(24).toString('base64')}`) })).toBe(false);
    expect(isSigned({}, { nowMs: SENT_MS + 301_000 })).toBe(false);
    expect(isSigned({}, { nowMs: SENT_MS - 301_000 })).toBe(false);
  });

  it('from a sender whose time is no number of seconds is refused, however well it is signed', () => {
    const timestamp = '1614265330e0';
    const digest = createHmac('sha256', KEY).update(`msg_1.${timestamp}.`).update(BODY).digest('base64');
    expect(isSigned({ 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${digest}` })).toBe(false);
  });
});

describe('the package of Standard Webhooks', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const text = '{"title": "Über 自由"}';

  it('signs what is accepted here', () => {
    const sent = new Date();
    const signature = new Webhook(secret).sign('msg_1', sent, text);
    const timestamp = String(Math.floor(sent.getTime() / 1000));
    const headers = new Headers({ 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': signature });
    expect(isSignedWebhook(headers, new TextEncoder().encode(text), KEY)).toBe(true);
    expect(isSignedWebhook(headers, new TextEncoder().encode(`${text} `), KEY)).toBe(false);
  });

  it('accepts and refuses the same messages', () => {
    const timestamp = Math.floor(Date.now() / 1000);
    for (const age_s of [-290, 0, 290, -310, 310]) {
      const sent = String(timestamp - age_s);
      const digest = createHmac('sha256', KEY).update(`msg_1.${sent}.${text}`).digest('base64');
      for (const signature of [`v1,${digest}`, `v1,AAAA v1,${digest}`, `v2,${digest}`, `v1,${digest.toLowerCase()}`]) {
        const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': sent, 'webhook-signature': signature };
        const accepts = () => new Webhook(secret).verify(text, headers) !== undefined;
        if (isSignedWebhook(new Headers(headers), new TextEncoder().encode(text), KEY)) expect(accepts()).toBe(true);
        else expect(accepts).toThrow();
      }
    }
  });
});

describe('a secret', () => {
  it('is base64 with or without its prefix', () => {
    expect(webhookKey('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toEqual(KEY);
  });

  it.each(['', 'whsec_', 'whsec_c2hvcnQ=', 'correct horse battery staple, of 24 bytes'])('is refused: %s', (secret) => {
    expect(() => webhookKey(secret)).toThrow(/24 or more bytes/);
  });
});
