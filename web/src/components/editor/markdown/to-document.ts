/** Converts the syntax tree of Markdown to the document of the rich editor, or to nothing where it would lose something. */
import type { JSONContent } from '@tiptap/react';
import type { Definition, Nodes, Parents, PhrasingContent, RootContent } from 'mdast';

type Marks = NonNullable<JSONContent['marks']>;

/** What a conversion needs to know of the whole text. */
export type Context = { source: string; definitions: Map<string, Definition> };

/** Marks and nodes of the rich editor that show a piece of Markdown or HTML as it stands in the source. */
export const SOURCE_TEXT = 'sourceText';
export const SOURCE_BLOCK = 'sourceBlock';

/** Thrown by the conversion of a node that the rich editor has no equivalent for. */
class Inexpressible extends Error {}

/** Return a block as nodes of the rich editor; undefined if it has to be shown as source. */
export function blockToDocument(block: RootContent, context: Context): JSONContent | undefined {
  try {
    return flow(block, context);
  } catch (error) {
    if (error instanceof Inexpressible) return undefined;
    throw error;
  }
}

/** Return a block that shows `source` as it is. */
export const sourceBlock = (source: string): JSONContent => ({ type: SOURCE_BLOCK, ...textContent(source) });

function flow(node: RootContent, context: Context): JSONContent {
  switch (node.type) {
    case 'paragraph':
      return withContent('paragraph', inline(node.children, context));
    case 'heading':
      return { ...withContent('heading', inline(node.children, context)), attrs: { level: node.depth } };
    case 'blockquote':
      return withBlocks('blockquote', node.children, context);
    case 'list': {
      const loose = node.spread === true || node.children.some(({ spread }) => spread);
      const attrs = node.ordered ? { start: node.start ?? 1, loose } : { loose };
      return { ...withBlocks(node.ordered ? 'orderedList' : 'bulletList', node.children, context), attrs };
    }
    case 'listItem': {
      const [first] = node.children;
      if (typeof node.checked === 'boolean') throw new Inexpressible();
      const item = withBlocks('listItem', node.children, context);
      // To the editor an item begins with a paragraph.
      return first && first.type !== 'paragraph' ? { ...item, content: [{ type: 'paragraph' }, ...(item.content ?? [])] } : item;
    }
    case 'code':
      return { type: 'codeBlock', attrs: { language: [node.lang, node.meta].filter(Boolean).join(' ') || null }, ...textContent(node.value) };
    case 'thematicBreak':
      return { type: 'horizontalRule' };
    case 'html':
      return sourceBlock(node.value);
    default:
      throw new Inexpressible();
  }
}

function withBlocks(type: string, children: RootContent[], context: Context): JSONContent {
  if (children.length === 0) return { type, content: [{ type: 'paragraph' }] };
  return { type, content: children.map((child) => flow(child, context)) };
}

const withContent = (type: string, content: JSONContent[]): JSONContent => (content.length > 0 ? { type, content } : { type });
const textContent = (text: string) => (text ? { content: [{ type: 'text', text }] } : {});

function inline(children: PhrasingContent[], context: Context): JSONContent[] {
  const found = children.flatMap((child) => phrasing(child, [], context));
  return found.reduce<JSONContent[]>((joined, next) => {
    const last = joined.at(-1);
    if (last?.type === 'text' && next.type === 'text' && sameMarks(last.marks, next.marks)) last.text = `${last.text}${next.text}`;
    else joined.push({ ...next });
    return joined;
  }, []);
}

const sameMarks = (one: Marks = [], other: Marks = []) => JSON.stringify(one) === JSON.stringify(other);

function phrasing(node: PhrasingContent, marks: Marks, context: Context): JSONContent[] {
  const text = (value: string, mark?: string): JSONContent[] =>
    value ? [{ type: 'text', text: value, ...marked(mark ? withMark(marks, { type: mark }) : marks) }] : [];
  switch (node.type) {
    // A single line break in a paragraph is read as a space.
    case 'text':
      return text(node.value.replace(/[ \t]*\r?\n[ \t]*/g, ' '));
    case 'inlineCode':
      return text(node.value, 'code');
    case 'html':
    case 'footnoteReference':
      return text(sliceOf(node, context), SOURCE_TEXT);
    case 'emphasis':
      return within(node, withMark(marks, { type: 'italic' }), context);
    case 'strong':
      return within(node, withMark(marks, { type: 'bold' }), context);
    case 'delete':
      if (isWordWithTilde(node, context)) throw new Inexpressible();
      return within(node, withMark(marks, { type: 'strike' }), context);
    case 'link':
      return within(node, withMark(marks, linkMark(node.url, node.title)), context);
    case 'linkReference': {
      const { url, title } = definitionOf(node.identifier, context);
      return within(node, withMark(marks, linkMark(url, title)), context);
    }
    case 'image':
      return [{ type: 'image', attrs: imageAttrs(node.url, node.alt, node.title), ...marked(marks) }];
    case 'imageReference': {
      const { url, title } = definitionOf(node.identifier, context);
      return [{ type: 'image', attrs: imageAttrs(url, node.alt, title), ...marked(marks) }];
    }
    case 'break':
      return [{ type: 'hardBreak', ...marked(marks) }];
    default:
      throw new Inexpressible();
  }
}

function within(node: Parents, marks: Marks, context: Context): JSONContent[] {
  const content = (node.children as PhrasingContent[]).flatMap((child) => phrasing(child, marks, context));
  // A link without a text has no letter that could carry it.
  if (content.length === 0) throw new Inexpressible();
  return content;
}

const marked = (marks: Marks) => (marks.length > 0 ? { marks } : {});
const linkMark = (href: string, title?: string | null) => ({ type: 'link', attrs: { href, title: title ?? null } });
const imageAttrs = (src: string, alt?: string | null, title?: string | null) => ({ src, alt: alt ?? '', title: title ?? null });

/** Add a mark, in an order that does not depend on how the marks were nested. */
function withMark(marks: Marks, mark: Marks[number]): Marks {
  if (marks.some(({ type }) => type === mark.type)) return marks;
  return [...marks, mark].sort((one, other) => one.type.localeCompare(other.type));
}

function definitionOf(identifier: string, { definitions }: Context): Definition {
  const found = definitions.get(identifier);
  if (!found) throw new Inexpressible();
  return found;
}

/** Tell whether a single tilde stands inside a word, as in H~2~O: no strikethrough to the service. */
function isWordWithTilde(node: Nodes, { source }: Context): boolean {
  const [start, end] = rangeOf(node);
  if (source[start + 1] === '~') return false;
  return /[\p{L}\p{N}]/u.test(source[start - 1] ?? '') || /[\p{L}\p{N}]/u.test(source[end] ?? '');
}

/** Return the source of a node. Of one over several lines of a quotation or a list it would have their marks in it. */
function sliceOf(node: PhrasingContent, { source }: Context): string {
  return node.type === 'html' ? node.value : source.slice(...rangeOf(node));
}

/** Return where a parsed node begins and ends. */
export function rangeOf({ position }: Nodes): [number, number] {
  return [position?.start.offset ?? 0, position?.end.offset ?? 0];
}
