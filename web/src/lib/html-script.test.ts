import { describe, expect, it } from 'vitest';
import { scriptJson } from './html-script';

describe('JSON in a script', () => {
  const HOSTILE = ['</script><script>alert(1)</script>', '<!--<script>', ']]>', '\u2028\u2029', '&lt;/script&gt;', '"\\'];

  it.each(HOSTILE)('cannot be ended by %j, and says the same', (text) => {
    const json = scriptJson({ text });
    expect(json).not.toMatch(/[<>&\u2028\u2029]/);
    expect(JSON.parse(json)).toEqual({ text });
  });
});
