/** Writes the document of the rich editor as Markdown. */
import type { JSONContent } from '@tiptap/react';
import type { Literal, Nodes, Paragraph, PhrasingContent, Root, RootContent } from 'mdast';
import { gfmStrikethroughToMarkdown } from 'mdast-util-gfm-strikethrough';
import { defaultHandlers, toMarkdown, type Handle, type Options } from 'mdast-util-to-markdown';
import { SOURCE_BLOCK, SOURCE_TEXT } from './to-document';

type Marks = NonNullable<JSONContent['marks']>;
/** An inline node that is written as it is. */
interface Verbatim extends Literal {
  type: 'verbatim';
}

declare module 'mdast' {
  interface PhrasingContentMap {
    verbatim: Verbatim;
  }
  interface RootContentMap {
    verbatim: Verbatim;
  }
}

const verbatim: Handle & { peek?: Handle } = (node: Verbatim) => node.value;
verbatim.peek = (node: Verbatim) => node.value.charAt(0);

const OPTIONS: Options = {
  bullet: '-',
  emphasis: '*',
  rule: '-',
  listItemIndent: 'one',
  extensions: [gfmStrikethroughToMarkdown()],
  // A line of dashes and bars would make the line before it the head of a table.
  unsafe: [{ atBreak: true, character: '|' }, { atBreak: true, character: '-', after: '[:|]' }, { atBreak: true, character: ':', after: '-' }],
  handlers: {
    verbatim,
    text: (node, parent, state, info) => plainer(defaultHandlers.text(node, parent, state, info)),
    paragraph: (node: Paragraph, parent, state, info) => {
      const text = defaultHandlers.paragraph(node, parent, state, info);
      return hasLoneTilde(node) ? text.replace('\\~', '~') : text;
    },
  },
};

/** Return blocks of the rich editor as Markdown, with a blank line between them and none at the end. */
export function blocksToMarkdown(blocks: JSONContent[]): string {
  const root: Root = { type: 'root', children: blocks.flatMap(flow) };
  return toMarkdown(root as Nodes, OPTIONS).replace(/\n+$/, '');
}

/** Remove escapes that CommonMark does not need. */
function plainer(text: string): string {
  return text.replace(/(?<!\\)\\&(?!#?\w+;)/g, '&').replace(/(?<=[\p{L}\p{N}])\\_(?=[\p{L}\p{N}])/gu, '_');
}

/** Tell whether there is a single tilde, in a text: it has no partner to strike something through with. */
function hasLoneTilde(node: Paragraph): boolean {
  const content = JSON.stringify(node);
  return content.split('~').length === 2 && hasTilde(node) && !content.includes('"delete"');
}

const hasTilde = (node: Nodes): boolean =>
  node.type === 'text' ? node.value.includes('~') : 'children' in node && node.children.some(hasTilde);

function flow(node: JSONContent): RootContent[] {
  const content = node.content ?? [];
  switch (node.type) {
    // Markdown has no empty paragraphs.
    case 'paragraph': {
      const children = inline(content);
      return children.length > 0 ? [{ type: 'paragraph', children }] : [];
    }
    case 'heading':
      return [{ type: 'heading', depth: node.attrs?.level, children: inline(content) }];
    case 'blockquote':
      return [{ type: 'blockquote', children: content.flatMap(flow) as [] }];
    case 'bulletList':
    case 'orderedList': {
      const items = content.map((item) => (item.content ?? []).flatMap(flow));
      const spread = node.attrs?.loose === true || items.some((blocks) => blocks.some((block, at) => needsBlankLine(blocks[at - 1], block)));
      const children = items.map((blocks) => ({ type: 'listItem' as const, spread, children: blocks as [] }));
      return [{ type: 'list', ordered: node.type === 'orderedList', start: node.attrs?.start ?? 1, spread, children }];
    }
    case 'codeBlock': {
      const [, lang, meta] = /^(\S*)\s*(.*)$/.exec(String(node.attrs?.language ?? '')) ?? [];
      return [{ type: 'code', lang: lang || null, meta: meta || null, value: textOf(node) }];
    }
    case 'horizontalRule':
      return [{ type: 'thematicBreak' }];
    case SOURCE_BLOCK:
      return textOf(node).trim() ? [{ type: 'html', value: textOf(node).replace(/\n+$/, '') }] : [];
    default:
      throw new TypeError(`The rich editor has no block ${node.type}`);
  }
}

/** Tell whether two blocks of a list item would be one without a blank line between them, which makes the list loose. */
function needsBlankLine(left: RootContent | undefined, right: RootContent): boolean {
  if (!left) return false;
  if (left.type === 'html' || right.type === 'html') return true;
  // As the first line of a quotation, too: micromark lets only a list from 1 begin right after a paragraph.
  if (right.type === 'blockquote') return left.type === 'blockquote' || needsBlankLine(left, right.children[0] ?? right);
  if (right.type === 'list') return left.type === 'paragraph' && ((right.ordered && right.start !== 1) || right.children[0]?.children.length === 0);
  if (right.type === 'thematicBreak') return left.type === 'paragraph';
  return right.type === 'paragraph' && lastOf(left).type === 'paragraph';
}

/** Return the block at the end of a list or a quotation. */
function lastOf(block: RootContent): RootContent {
  const last = 'children' in block && ['blockquote', 'list', 'listItem'].includes(block.type) ? block.children.at(-1) : undefined;
  return last ? lastOf(last) : block;
}

const textOf = ({ content = [] }: JSONContent) => content.map(({ text }) => text ?? '').join('');

/** A piece of a line: a node without its marks, and the marks that have still to be put around it. */
type Piece = { node: PhrasingContent; marks: Marks };

function inline(content: JSONContent[]): PhrasingContent[] {
  return nested(withoutOuterSpace(content.map(pieceOf)));
}

function pieceOf(node: JSONContent): Piece {
  const marks = (node.marks ?? []).filter(({ type }) => type !== 'code' && type !== SOURCE_TEXT);
  const has = (mark: string) => node.marks?.some(({ type }) => type === mark);
  const text = node.text ?? '';
  if (node.type === 'hardBreak') return { node: { type: 'break' }, marks };
  if (node.type === 'image') {
    const { src, alt, title } = node.attrs ?? {};
    return { node: { type: 'image', url: src, alt, title }, marks };
  }
  if (has(SOURCE_TEXT)) return { node: { type: 'verbatim', value: text }, marks };
  if (has('code')) return { node: { type: 'inlineCode', value: text }, marks };
  return { node: { type: 'text', value: text.replace(/[ \t]*\n[ \t]*/g, ' ') }, marks };
}

/** Remove spaces and line breaks at both ends, spaces around line breaks, and marks from the spaces at their ends. */
function withoutOuterSpace(pieces: Piece[]): Piece[] {
  const apart = pieces.flatMap(({ node, marks }): Piece[] => {
    if (node.type !== 'text') return [{ node, marks }];
    return node.value.split(/(^[ \t]+|[ \t]+$)/).filter(Boolean).map((value) => ({ node: { type: 'text', value }, marks }));
  });
  const isBlank = (piece?: Piece) => piece?.node.type === 'break' || (piece?.node.type === 'text' && /^[ \t]*$/.test(piece.node.value));
  const isBreak = (piece?: Piece) => piece?.node.type === 'break';
  let kept = apart;
  while (isBlank(kept[0])) kept = kept.slice(1);
  while (isBlank(kept.at(-1))) kept = kept.slice(0, -1);
  const afterBreak = (piece: Piece, at: number, all: Piece[]) => isBreak(piece) || !isBlank(piece) || !isBreak(all.slice(0, at).findLast((each) => isBreak(each) || !isBlank(each)));
  kept = kept.filter(afterBreak).reverse().filter(afterBreak).reverse();
  for (const type of ['bold', 'italic', 'strike']) {
    const has = (piece?: Piece) => piece?.marks.some((mark) => mark.type === type) ?? false;
    const bare = ({ node, marks }: Piece): Piece => ({ node, marks: marks.filter((mark) => mark.type !== type) });
    for (let at = 0; at < kept.length; at += 1) {
      const piece = kept[at];
      if (piece && has(piece) && isBlank(piece) && !has(kept[at - 1])) kept[at] = bare(piece);
    }
    for (let at = kept.length - 1; at >= 0; at -= 1) {
      const piece = kept[at];
      if (piece && has(piece) && isBlank(piece) && !has(kept[at + 1])) kept[at] = bare(piece);
    }
  }
  return kept;
}

const ORDER = ['link', 'bold', 'italic', 'strike'];

/** Nest the marks: around each stretch of pieces the mark that reaches farthest. */
function nested(pieces: Piece[]): PhrasingContent[] {
  const found: PhrasingContent[] = [];
  for (let at = 0; at < pieces.length; ) {
    const { node, marks } = pieces[at] as Piece;
    const reaches = marks.map((mark) => ({ mark, end: endOf(pieces, at, mark) }));
    const [widest] = reaches.sort((one, other) => other.end - one.end || ORDER.indexOf(one.mark.type) - ORDER.indexOf(other.mark.type));
    if (!widest) {
      const last = found.at(-1);
      if (node.type === 'text' && last?.type === 'text') last.value += node.value;
      else found.push({ ...node });
      at += 1;
      continue;
    }
    const inner = pieces.slice(at, widest.end).map((piece) => ({ ...piece, marks: piece.marks.filter((mark) => !isEqual(mark, widest.mark)) }));
    found.push(around(widest.mark, nested(inner)));
    at = widest.end;
  }
  return found;
}

function endOf(pieces: Piece[], start: number, mark: Marks[number]): number {
  let end = start;
  while (pieces[end]?.marks.some((each) => isEqual(each, mark))) end += 1;
  return end;
}

const isEqual = (one: Marks[number], other: Marks[number]) =>
  one.type === other.type && one.attrs?.href === other.attrs?.href && (one.attrs?.title ?? null) === (other.attrs?.title ?? null);

function around(mark: Marks[number], children: PhrasingContent[]): PhrasingContent {
  if (mark.type === 'link') return { type: 'link', url: mark.attrs?.href ?? '', title: mark.attrs?.title, children: children as [] };
  if (mark.type === 'bold') return { type: 'strong', children };
  if (mark.type === 'italic') return { type: 'emphasis', children };
  if (mark.type === 'strike') return { type: 'delete', children };
  throw new TypeError(`The rich editor has no mark ${mark.type}`);
}
