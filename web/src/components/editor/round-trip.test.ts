import { describe, expect, test } from 'vitest';
import { MarkdownManager } from '@tiptap/markdown';
import { EXTENSIONS } from './extensions';
import { checkRoundTrip, roundTrip } from './round-trip';

describe('the rich editor takes', () => {
  test.each([
    '', 'Hello **bold**, *leaning*, `code`, ~~gone~~ and [a link](https://example.org/a "So").',
    '# One\n\n## Two\n\nText\nover lines  \nwith a break.', '- a\n- b\n  - c\n\n1. x\n2. y', '> A thought\n> on two lines.',
    '```js\nlet a = 1 < 2;\n```', '---', '![A mill](/media/mill.png "The mill")', 'Words ![small](/media/a.png) between.',
    'R&D, a < b, a > b, snake_case, ~5 minutes, 2 + 2 = 4.', '`a &amp; b &lt; c`', '\\# no heading', '1\\. no list', '\\- no list',
    '[the `loom`](https://example.org/a) and **`bold`**, `plain`', 'Text\n\\---', 'a \\* b', '- a\n\n  more\n- b',
  ])('%j', (source) => {
    expect(roundTrip(source).trimEnd()).toBe(source);
    expect(checkRoundTrip(source)).toEqual({ kind: 'same' });
  });
});

describe('the rich editor would spell otherwise, and change no reading', () => {
  test.each([
    ['* a\n* b', '* a'], ['__b__', '__b__'], ['Title\n=====', 'Title'], ['See https://example.org/a', 'See https://example.org/a'],
    ['    code', '    code'], ['~~~\ncode\n~~~', '~~~'], ['a\\\nb', 'a\\'], ['[l][r]\n\n[r]: https://example.org', '[l][r]'],
    ['- a\n  b', '  b'], ['* `Vec<T>`, `[^1]` and \\<b>', '* `Vec<T>`, `[^1]` and \\<b>'], ['* <a@example.org>', '* <a@example.org>'],
  ])('%j', (source, line) => {
    expect(checkRoundTrip(source)).toEqual({ kind: 'respelt', line });
  });
});

describe('the rich editor would change, and must not get', () => {
  test.each([
    ['A note[^1].\n\n[^1]: Here.', ['footnotes']],
    ['| a | b |\n| --- | --- |\n| 1 | 2 |', ['tables']],
    ['a | b\n--- | ---\n1 | 2', ['tables']],
    ['- [ ] to do\n- [x] done', ['tasks']],
    ['<div class="x">text</div>', ['html']],
    ['before <kbd>Ctrl</kbd> after', ['html']],
    ['<!-- a remark -->\n\ntext', ['html']],
    ['H~2~O', ['other']],
    ['&copy; 1843', ['other']],
    ['| a |\n|---|\n| <b>x</b>[^1] |\n\n[^1]: y', ['footnotes', 'tables', 'html']],
  ])('%j', (source, features) => {
    expect(checkRoundTrip(source)).toMatchObject({ kind: 'lossy', features });
  });
});

describe('what is typed is read back as it was typed', () => {
  const manager = new MarkdownManager({ extensions: EXTENSIONS });
  const paragraph = (text: string) => ({ type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] });

  test.each([
    '# not a heading', '#', '- not a list', '+ nor this', '* nor this', '1. nor this', '12) nor this', '> not quoted', '---',
    '***', '===', '```', '~~~', '| a | b |', 'a * b * c', 'a_b_c _d_', '`tick`', '[a](b)', '![a](b)', '[^1]', '&amp; &copy;',
    '<b>not bold</b>', '<!-- shown -->', 'a < b > c & d', '\\', 'a\\*b', '~~not gone~~', '~a~',
    'R&D;', '&#35;', '-', '- - -', '<3', 'x &', '2*3*4', '*a', '_a', '__init__', '$HOME ~/bin',
  ])('%j', (text) => {
    const source = manager.serialize(paragraph(text));
    expect(manager.parse(source)).toEqual(paragraph(text));
    expect(roundTrip(source)).toBe(source);
  });

  test('on a second line too', () => {
    for (const line of ['===', '---', '- a', '# a', '> a', '1. a', '| - |', '-|-']) {
      const doc = { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'a | b' }, { type: 'hardBreak' }, { type: 'text', text: line }] }] };
      expect(manager.parse(manager.serialize(doc))).toEqual(doc);
    }
  });
});
