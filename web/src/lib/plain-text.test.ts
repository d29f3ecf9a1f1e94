import { expect, test } from 'vitest';
import { zNewPost } from '@/client/zod.gen';
import { plainText } from './plain-text';

/** The code points that XML 1.0 allows (production 2). */
const isXml = (code: number) =>
  [0x9, 0xa, 0xd].includes(code) || (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
const isControl = (code: number) => code >= 0x7f && code <= 0x9f;

const accepts = (excerpt: string) => zNewPost.safeParse({ title: 'T', body: '', excerpt }).success;

test('every code unit is kept or removed as XML and HTML ask for, and the document says the same', () => {
  for (let code = 0; code <= 0xffff; code += 1) {
    const text = `a${String.fromCharCode(code)}b`;
    const isAllowed = isXml(code) && !isControl(code);
    expect(plainText(text), code.toString(16)).toBe(isAllowed ? text : 'ab');
    // JSON in UTF-8 cannot contain a lone surrogate; the pattern does not speak of them.
    if (code < 0xd800 || code > 0xdfff) expect(accepts(text), code.toString(16)).toBe(isAllowed);
  }
});

test('characters beyond the first plane are whole', () => {
  for (const text of ['🦀', '\u{10000}', '\u{10ffff}', 'a🦀\n\tb']) {
    expect(plainText(text)).toBe(text);
    expect(accepts(text)).toBe(true);
  }
  expect(plainText('\ud83e')).toBe('');
  expect(plainText('\udd80\ud83e')).toBe('');
});
