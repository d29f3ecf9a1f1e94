import { Fragment, type Node } from '@tiptap/pm/model';
import { getSchema, type JSONContent } from '@tiptap/react';
import { describe, expect, test } from 'vitest';
import { EXTENSIONS } from '../extensions';
import { generatedDocument, readingOf } from './generated-document';
import { openRichDocument, RichDocument } from './rich-document';

const schema = getSchema(EXTENSIONS);

function opened(source: string): { rich: RichDocument; document: Node } {
  const rich = openRichDocument(source);
  if (!(rich instanceof RichDocument)) throw new Error(`${rich}: ${source}`);
  const document = schema.nodeFromJSON(rich.content);
  document.check();
  return { rich, document };
}

/** Return the Markdown after the top-level blocks were changed. */
function edited(source: string, change: (blocks: Node[]) => Node[]): string {
  const { rich, document } = opened(source);
  return rich.toMarkdown(document.copy(Fragment.from(change([...document.children]))));
}

const paragraph = (text: string) => schema.node('paragraph', null, schema.text(text));
const written = (...content: JSONContent[]) => opened('').rich.toMarkdown(schema.nodeFromJSON({ type: 'doc', content }));
const append = (blocks: Node[]) => [...blocks, paragraph('New')];

describe('a text that is opened and not changed', () => {
  test.each([
    '', '\n', 'Hello **bold**, *italic*, `code`, ~~gone~~ and [a link](https://example.org/a "So").', '# One\n\n## Two\n\nText\nover lines  \nand a break.\n',
    '- a\n- b\n  - c\n\n1. x\n2. y', '* a\n* b\n\n\n__b__', 'Title\n=====', '    code', '~~~\ncode\n~~~', '```js\nlet a = 1 < 2;', 'a\\\nb',
    '[l][r]\n\n[r]: https://example.org', 'A note[^1].\n\n[^1]: Here.', '| a | b |\n| --- | --- |\n| 1 | 2 |', '- [ ] to do\n- [x] done',
    '<div class="x">text</div>', 'before <kbd>Ctrl</kbd> after', '<!-- a remark -->\n\ntext', 'H~2~O', '&copy; 1843', 'windows\r\n\r\n* lines\r\n',
    '<details><summary>More</summary>\n\nText\n\n</details>', '- a\n\n  more\n- b', '> a\nlazy', '[](https://example.org)', '- ```\n  code\n  ```',
    '[a](javascript:alert(1))', '## Title {#my_id}', '1) a\n2) b', '![][i]\n\n[i]: /a.png "t"', '***x***', '<noscript><img src="/a.png"></noscript>',
  ])('is returned to the letter: %j', (source) => {
    const { rich, document } = opened(source);
    expect(rich.toMarkdown(document)).toBe(source);
    // The editor adds a paragraph after some blocks, for the cursor.
    expect(rich.toMarkdown(document.copy(document.content.append(Fragment.from(schema.node('paragraph')))))).toBe(source);
  });
});

describe('all of a text in the editor’s style', () => {
  test.each([
    ['* a\n* b', '- a\n- b'], ['__b__ _i_', '**b** *i*'], ['Title\n=====', '# Title'], ['    code', '```\ncode\n```'], ['~~~ js x=1\ncode\n~~~', '```js x=1\ncode\n```'],
    ['a  \nb', 'a\\\nb'], ['one\ntwo', 'one two'], ['[l][r]\n\n[r]: https://example.org "T"', '[l](https://example.org "T")\n\n[r]: https://example.org "T"'],
    ['See https://example.org/a_b', 'See https://example.org/a_b'], ['<https://example.org/a_b>', '<https://example.org/a_b>'], ['- a\n  b', '- a b'], ['&copy; &amp;c', '© &c'],
    ['R&D, a < b, a > b, snake_case, ~5 minutes.', 'R&D, a < b, a > b, snake_case, ~5 minutes.'], ['* a\n\n* b', '- a\n\n- b'], ['- a\n* b', '- a\n\n* b'],
    ['| a |\n|---|\n| 1 |', '| a |\n|---|\n| 1 |'], ['a <b\nid=x>x</b> [^1]\n\n[^1]: d', 'a <b\nid=x>x</b> [^1]\n\n[^1]: d'], ['`\\~` ~', '`\\~` \\~'], ['3) a', '3. a'], ['Title {#my_id}\n---', '## Title {#my_id}'], ['![a *b*](/c.png)', '![a b](/c.png)'],
  ])('%j is %j', (source, expected) => {
    expect(opened(source).rich.normalised).toBe(expected);
    expect(opened(source).rich.isNormalised).toBe(source !== expected);
  });
});

describe('what is shown as source', () => {
  const kinds = (source: string) => opened(source).document.children.map(({ type, textContent }) => [type.name, textContent]);
  test.each([
    ['| a |\n|---|\n| b |', [['sourceBlock', '| a |\n|---|\n| b |']]],
    ['Text[^1]\n\n[^1]: Note\n    more', [['paragraph', 'Text[^1]'], ['sourceBlock', '[^1]: Note\n    more']]],
    ['<details>\n\nText\n\n</details>', [['sourceBlock', '<details>'], ['paragraph', 'Text'], ['sourceBlock', '</details>']]],
    ['- [x] done', [['sourceBlock', '- [x] done']]],
    ['H~2~O', [['sourceBlock', 'H~2~O']]],
    ['[](https://example.org)', [['sourceBlock', '[](https://example.org)']]],
    ['> <div>\n> x', [['blockquote', '<div>\nx']]],
  ])('%j', (source, expected) => {
    expect(kinds(source)).toEqual(expected);
  });

  test('tags and footnotes in a line', () => {
    const marks = opened('a <b>c</b>[^1]\n\n[^1]: d').document.child(0).children.map(({ text, marks }) => [text, marks.map(({ type }) => type.name)]);
    expect(marks).toEqual([['a ', []], ['<b>', ['sourceText']], ['c', []], ['</b>[^1]', ['sourceText']]]);
  });
});

describe('a change of one block', () => {
  test.each([
    ['keeps the others to the letter', '* a\n* b\n\n\n__b__\nwrapped\n', append, '* a\n* b\n\n\n__b__\nwrapped\n\nNew\n'],
    ['keeps blank lines where both neighbours are kept', 'a\n\n\n\n__b__\n\nc', ([a, b]: Node[]) => [a, b], 'a\n\n\n\n__b__'],
    ['keeps the addresses of links that it does not change', '[l][r]\n\nb\n\n[r]: /x', ([a]: Node[]) => append([a as Node]), '[l][r]\n\nNew\n\n[r]: /x'],
    ['keeps them after the first of two paragraphs is removed', 'a\n\n[r]: /x\n\n[l][r]', ([, b]: Node[]) => [b as Node], '[r]: /x\n\n[l][r]'],
    ['keeps the first of two addresses', 'a\n\n[r]: /x\n\nb\n\n[r]: /y\n\n[l][r]', ([a, , c]: Node[]) => [c as Node, a as Node], '[l][r]\n\na\n\n[r]: /x'],
    ['does not join two lists', '- a\n\nb\n\n- c', ([a, , c]: Node[]) => [a as Node, c as Node], '- a\n\n* c'],
    ['does not put indented text into a list', '- a\n\nb\n\n   c', ([a, , c]: Node[]) => [a as Node, c as Node], '- a\n\nc'],
    ['does not put indented code into a list', '- a\n\nb\n\n    c', ([a, , c]: Node[]) => [a as Node, c as Node], '- a\n\n```\nc\n```'],
    ['closes code that had no end', '```\ncode', append, '```\ncode\n```\n\nNew'],
    ['escapes what looks like Markdown', '[r]: /x', () => [paragraph('[r] *a* <b>')], '\\[r] \\*a\\* \\<b>\n\n[r]: /x'],
  ])('%s', (_, source, change, expected) => {
    expect(edited(source, change as (blocks: Node[]) => Node[])).toBe(expected);
    expect(readingOf(opened(expected).document)).toEqual(readingOf(schema.node('doc', null, change([...opened(source).document.children] as never) as Node[])));
  });
});

describe('what would be lost is refused', () => {
  test.each([
    ['> [r]: /x\n\n[l][r]', 'nestedDefinition'],
    ['[^1]: [r]: /x\n\n[l][r][^1]', 'nestedDefinition'],
    ['text\n\n<!-- never closed', 'unclosedHtml'],
    ['<pre>\n\nopen', 'unclosedHtml'],
  ])('%j', (source, refusal) => {
    expect(openRichDocument(source)).toBe(refusal);
  });

  test('quotes of quotes without end', () => {
    expect(openRichDocument(`${'> '.repeat(5000)}x`)).toBe('other');
  });
});

describe('what is typed is read back as it was typed', () => {
  test.each([
    '# not a heading', '#', '- not a list', '+ nor this', '* nor this', '1. nor this', '12) nor this', '> not quoted', '---',
    '***', '===', '```', '~~~', '| a | b |', 'a * b * c', 'a_b_c _d_', '`tick`', '[a](b)', '![a](b)', '[^1]', '&amp; &copy;',
    '<b>not bold</b>', '<!-- shown -->', 'a < b > c & d', '\\', 'a\\*b', '~~not gone~~', '~a~', 'R&D;', '&#35;', '-', '- - -', '<3', 'x &',
    '2*3*4', '*a', '_a', '__init__', '$HOME ~/bin', '[ ] not a task', 'https://example.org/a_b_c', 'www.example.org a@example.org', '\u00a0x\u00a0',
  ])('%j', (text) => {
    const source = written({ type: 'paragraph', content: [{ type: 'text', text }] });
    expect(opened(source).document.toJSON()).toEqual({ type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] });
    expect(opened(source).rich.isNormalised).toBe(false);
  });

  test.each(['===', '---', '- a', '# a', '> a', '1. a', '| - |', '-|-', ':-|', '|'])('on a second line too: %j', (line) => {
    const document = schema.node('doc', null, schema.node('paragraph', null, [schema.text('a | b'), schema.node('hardBreak'), schema.text(line)]));
    expect(opened(written(...(document.toJSON().content as JSONContent[]))).document.toJSON()).toEqual(document.toJSON());
  });

  test('spaces at the ends of a paragraph and of marks are not', () => {
    const bold = (text: string) => ({ type: 'text', text, marks: [{ type: 'bold' }] });
    expect(written({ type: 'paragraph', content: [{ type: 'text', text: ' a ' }, bold(' b '), { type: 'text', text: 'c ' }, { type: 'hardBreak' }] })).toBe('a  **b** c');
    expect(written({ type: 'paragraph' }, { type: 'paragraph', content: [bold(' ')] })).toBe('');
  });
});

describe('what the editor wrote it opens again, and says nothing of formatting', () => {
  test('generated documents', () => {
    for (let seed = 0; seed < 600; seed += 1) {
      const document = schema.nodeFromJSON(generatedDocument(seed));
      document.check();
      const source = opened('').rich.toMarkdown(document);
      const again = opened(source);
      expect(readingOf(again.document), source).toEqual(readingOf(document));
      expect(again.rich.normalised, `${seed}`).toBe(source);
    }
  });
});
