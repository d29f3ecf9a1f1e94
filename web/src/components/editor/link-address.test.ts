import { expect, test } from 'vitest';
import { isSafeAddress } from './link-address';

test.each(['https://example.org', 'HTTP://example.org/a?b:c', 'mailto:a@example.org', '/posts/a', 'a/b:c', '#part:1', '?a:b', '//example.org', 'example.org', ''])(
  'a link may lead to %j',
  (address) => expect(isSafeAddress(address)).toBe(true),
);

test.each(['javascript:alert(1)', 'JavaScript:alert(1)', ' java\nscript:alert(1)', '\x01javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'tel:1', 'https:example.org', 'http:///x', 'file:///etc'])(
  'a link may not lead to %j',
  (address) => expect(isSafeAddress(address)).toBe(false),
);
