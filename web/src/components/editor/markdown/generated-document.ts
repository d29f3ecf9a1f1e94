/** Documents of the rich editor for tests: generated from a number, full of characters that Markdown gives a meaning. */
import type { Node } from '@tiptap/pm/model';
import type { JSONContent } from '@tiptap/react';

const PIECES = [
  'a', 'b c', 'Word', '.', ',', '(', ')', '[', ']', '!', '*', '**', '_', '__', '`', '``', '~', '~~', '<', '>', '&', '&amp;', '#', '|', '-', '---', '+',
  '1.', '2)', ':', '=', '\\', '"', "'", 'é', '—', '漢', '\u00a0', ' ', ' ', ' ', ' ', '<b>', '[^1]', '[x](y)', '![x](y)', 'https://example.org/a_b', 'a@example.org', '[ ]', '$',
];
const SOURCES = ['<div>\nx\n</div>', '| a | b |\n| - | :-: |\n| 1 | *2* |', '<!-- remark -->'];
const IMAGES = ['https://example.org/a_b?c=d&e=f', '/media/(x).png', 'https://example.org/a b'];
const LINKS = [...IMAGES, '#part', 'mailto:a@example.org'];

/** Return a document that is always the same for a seed. */
export function generatedDocument(seed: number): JSONContent {
  const random = randomNumbers(seed);
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const times = <T>(most: number, make: () => T): T[] => Array.from({ length: 1 + random(most) }, make);

  function marks(): NonNullable<JSONContent['marks']> {
    const chosen = ['bold', 'italic', 'strike', 'code'].filter(() => random(6) === 0).map((type) => ({ type, attrs: {} }));
    return random(8) === 0 ? [...chosen, { type: 'link', attrs: { href: pick(LINKS), title: pick([null, 'A "title"']) } }] : chosen;
  }
  function inline(isHeading: boolean): JSONContent {
    const kind = random(16);
    if (kind === 0 && !isHeading) return { type: 'hardBreak' };
    if (kind === 1) return { type: 'image', attrs: { src: pick(IMAGES), alt: pick(['', 'An [image]', 'a*b']), title: pick([null, 'T']) } };
    if (kind === 2) return { type: 'text', text: pick(['<kbd>', '</kbd>', '<br>']), marks: [{ type: 'sourceText' }] };
    const text = times(4, () => pick(PIECES)).join('');
    // Code of nothing but spaces is none.
    return { type: 'text', text, marks: marks().filter(({ type }) => type !== 'code' || text.trim()) };
  }
  function textBlock(type: string, attrs?: object): JSONContent {
    const content = times(5, () => inline(type === 'heading'));
    // A tag alone on a line is a block.
    const first = content.find(({ type: kind, text }) => kind === 'image' || text?.trim());
    const isTag = first?.marks?.some((mark) => mark.type === 'sourceText');
    return { type, attrs, content: isTag ? [{ type: 'text', text: 'A' }, ...content] : content };
  }
  function block(depth: number): JSONContent {
    const kind = random(depth > 2 ? 7 : 10);
    if (kind === 4) return textBlock('heading', { level: 1 + random(6) });
    if (kind === 5) return { type: 'codeBlock', attrs: { language: pick([null, 'js', 'rust ignore']) }, content: [{ type: 'text', text: times(3, () => pick(PIECES)).join('\n') }] };
    if (kind === 6) return depth > 0 ? { type: 'horizontalRule' } : { type: 'sourceBlock', content: [{ type: 'text', text: pick(SOURCES) }] };
    if (kind === 7) {
      const [first, second] = [block(depth + 1), block(depth + 1)];
      // To micromark a list in a quotation is loose if another list or quotation follows it.
      return { type: 'blockquote', content: first.type?.endsWith('List') ? [first] : [first, second] };
    }
    if (kind === 8 || kind === 9) {
      const attrs = kind === 8 ? { loose: random(2) === 0 } : { loose: random(2) === 0, start: random(12) };
      const item = () => ({ type: 'listItem', content: [textBlock('paragraph'), ...(random(3) === 0 ? [block(depth + 1)] : [])] });
      return { type: kind === 8 ? 'bulletList' : 'orderedList', attrs, content: times(3, item) };
    }
    return textBlock('paragraph');
  }
  return { type: 'doc', content: times(6, () => block(0)) };
}

/** A linear congruential generator (Numerical Recipes). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Return what a reader gets: each letter and node with its marks and the blocks that it is in, but no spaces. */
export function readingOf(document: Node): string[] {
  const found: string[] = [];
  function walk(node: Node, path: string) {
    const before = found.length;
    node.forEach((child) => {
      const isContainer = ['bulletList', 'orderedList', 'blockquote', 'listItem'].includes(child.type.name);
      const attrs = child.type.name === 'orderedList' ? child.attrs.start : (child.attrs.level ?? child.attrs.language ?? '');
      const marks = child.marks.map(({ type, attrs: { href, title } }) => `${type.name}${href ?? ''}${title ?? ''}`).sort();
      if (child.isText) {
        const letters = child.text?.replace(child.marks.some(({ type }) => type.name === 'code') ? /[]/ : /[ \t\n]/g, '') ?? '';
        found.push(...Array.from(letters, (letter) => `${path}: ${letter} ${marks.join()}`));
      } else if (child.isLeaf) found.push(`${path}: ${child.type.name} ${child.attrs.src ?? ''}${child.attrs.alt ?? ''}${child.attrs.title ?? ''} ${marks.join()}`);
      else {
        if (isContainer) found.push(`${path}: ${child.type.name}`);
        walk(child, `${path}/${child.type.name}${attrs}`);
      }
    });
    // A line break at the beginning or the end of a paragraph is none.
    while (node.isTextblock && found.length > before && found.at(-1)?.includes(': hardBreak')) found.pop();
    while (node.isTextblock && found[before]?.includes(': hardBreak')) found.splice(before, 1);
  }
  walk(document, '');
  return found;
}
