/**
 * A text in the rich editor: what it shows of the Markdown, and the Markdown after changes. Blocks that were not changed
 * keep their source to the letter; the others are written in one style.
 */
import type { Node, NodeType } from '@tiptap/pm/model';
import type { JSONContent } from '@tiptap/react';
import type { Definition, Nodes, Root, RootContent } from 'mdast';
import { blocksToMarkdown } from './from-document';
import { parseMarkdown } from './syntax';
import { blockToDocument, rangeOf, sourceBlock, SOURCE_BLOCK, type Context } from './to-document';

/** Why the rich editor does not open a text: link addresses inside of other blocks, HTML without an end, other Markdown. */
export type Refusal = 'nestedDefinition' | 'unclosedHtml' | 'other';

/** A block of the source, and the definitions of links that stand before it. */
type Block = { node: RootContent; start: number; end: number; content: JSONContent; isOpen: boolean };
type Parsed = { text: string; blocks: Block[]; definitions: string[][]; refusal?: Refusal };

const MOST_ATTEMPTS = 3;

export class RichDocument {
  /** The content for the editor. */
  readonly content: JSONContent;
  /** The Markdown if all of its blocks were changed: all in one style. */
  readonly normalised: string;
  readonly #source: string;
  readonly #parsed: Parsed;
  readonly #keys = new WeakMap<Node, string>();
  #byKey?: Map<string, number[]>;
  readonly #written = new WeakMap<Node, string>();

  constructor(source: string, parsed: Parsed, normalised: string) {
    this.#source = source;
    this.#parsed = parsed;
    this.normalised = normalised;
    const content = parsed.blocks.map((block) => block.content);
    this.content = { type: 'doc', content: content.length > 0 ? content : [{ type: 'paragraph' }] };
  }

  /** Whether blocks that are changed would be written in another style than that of the source. */
  get isNormalised(): boolean {
    return this.normalised.trim() !== this.#parsed.text.trim();
  }

  /** Return the Markdown of `document`: the source itself if nothing was changed. */
  toMarkdown(document: Node): string {
    const nodes = document.children.filter((node) => !isBlank(node));
    const indexes = this.#indexesOf(nodes, document.type);
    const isUnchanged = nodes.length === this.#parsed.blocks.length && indexes.every((index, at) => index === at);
    if (isUnchanged) return this.#source;
    const kept = this.#kept(nodes, indexes);
    const pieces: Piece[] = [];
    for (let at = 0; at < nodes.length; at += 1) {
      if (kept[at]) pieces.push({ index: indexes[at] });
      else {
        let end = at + 1;
        while (end < nodes.length && !kept[end] && isSameList(nodes[end - 1] as Node, nodes[end] as Node)) end += 1;
        pieces.push({ text: this.#write(nodes.slice(at, end)) });
        at = end - 1;
      }
    }
    return joined(this.#parsed, pieces) + (/[ \t\n]*$/.exec(this.#parsed.text)?.[0] ?? '');
  }

  #write(nodes: Node[]): string {
    const [node] = nodes;
    const known = nodes.length === 1 && node && this.#written.get(node);
    const text = known || blocksToMarkdown(nodes.map((each) => each.toJSON() as JSONContent));
    if (nodes.length === 1 && node) this.#written.set(node, text);
    return text;
  }

  /** Return which block of the source each node is; -1 for a changed one. */
  #indexesOf(nodes: Node[], { schema }: NodeType): number[] {
    if (!this.#byKey) {
      this.#byKey = new Map();
      const opened = schema.nodeFromJSON(this.content);
      for (const [index] of this.#parsed.blocks.entries()) {
        const key = this.#keyOf(opened.child(index));
        this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), index]);
      }
    }
    let last = -1;
    return nodes.map((node) => {
      const equal = this.#byKey?.get(this.#keyOf(node)) ?? [];
      const index = equal.find((each) => each > last) ?? equal[0] ?? -1;
      if (index >= 0) last = index;
      return index;
    });
  }

  #keyOf(node: Node): string {
    const key = this.#keys.get(node) ?? JSON.stringify(node.toJSON());
    this.#keys.set(node, key);
    return key;
  }

  /** Return which nodes are written with their source: those that it cannot tie to other neighbours than they had. */
  #kept(nodes: Node[], indexes: number[]): boolean[] {
    const { blocks, text } = this.#parsed;
    const kept: boolean[] = [];
    nodes.forEach((_, at) => {
      const block = blocks[indexes[at] as number];
      // Indented text after another block could continue a list.
      const isTied = block !== undefined && /^[ \t]/.test(text.slice(block.start, block.end));
      const follows = indexes[at] === (indexes[at - 1] ?? -1) + 1 && (at === 0 || kept[at - 1] === true);
      kept.push(block !== undefined && (!isTied || follows) && !(block.isOpen && at < nodes.length - 1));
    });
    // Two lists in a row are one list if they have the same marks.
    for (let at = 0; at < nodes.length; at += 1) {
      let end = at + 1;
      while (end < nodes.length && isSameList(nodes[end - 1] as Node, nodes[end] as Node)) end += 1;
      const inOrder = indexes.slice(at + 1, end).every((index, next) => index === (indexes[at + next] as number) + 1);
      if (!inOrder || kept.slice(at, end).includes(false)) kept.fill(false, at, end);
      at = end - 1;
    }
    return kept;
  }
}

/** Read `source` for the rich editor. Return why not if it would lose something. */
export function openRichDocument(source: string): RichDocument | Refusal {
  try {
    return opened(source);
  } catch (error) {
    // Thousands of blocks inside of each other.
    if (error instanceof RangeError) return 'other';
    throw error;
  }
}

function opened(source: string): RichDocument | Refusal {
  const text = source.replace(/\r\n?/g, '\n');
  const parsed = parsedFor(text);
  if (parsed.refusal) return parsed.refusal;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const normalised = joined(parsed, normalisedPieces(parsed));
    const changed = changedBlocks(parsed, parsedFor(normalised));
    if (changed.length === 0) return new RichDocument(source, parsed, normalised);
    for (const block of changed) block.content = sourceBlock(textOf(block, text));
  }
  return 'other';
}

function parsedFor(text: string): Parsed {
  const tree = parseMarkdown(text);
  const context: Context = { source: text, definitions: new Map() };
  const isNested = !collectDefinitions(tree, context.definitions, true);
  const blocks: Block[] = [];
  const definitions: string[][] = [[]];
  for (const node of tree.children) {
    const [begin, end] = rangeOf(node);
    if (node.type === 'definition') {
      if (context.definitions.get(node.identifier) === node) definitions.at(-1)?.push(text.slice(begin, end));
      continue;
    }
    const start = text.lastIndexOf('\n', begin - 1) + 1;
    const block = { node, start, end, content: {}, isOpen: false };
    blocks.push({ ...block, content: blockToDocument(node, context) ?? sourceBlock(textOf(block, text)) });
    definitions.push([]);
  }
  const last = blocks.at(-1);
  if (last) last.isOpen = parseMarkdown(`${text.slice(last.start, last.end)}\n\nx`).children.length < 2;
  const isOpenHtml = last?.isOpen && last.content.type === SOURCE_BLOCK;
  return { text, blocks, definitions, refusal: isNested ? 'nestedDefinition' : isOpenHtml ? 'unclosedHtml' : undefined };
}

const textOf = ({ start, end }: { start: number; end: number }, text: string) => text.slice(start, end).replace(/^[ \t]+/, '');

/** Collect the definitions of links, of which the first with a label counts. Return whether all are at the top level. */
function collectDefinitions(parent: Root | Nodes, found: Map<string, Definition>, isTop: boolean): boolean {
  if (!('children' in parent)) return true;
  return parent.children
    .map((child) => {
      if (child.type !== 'definition') return collectDefinitions(child, found, false);
      if (!found.has(child.identifier)) found.set(child.identifier, child);
      return isTop;
    })
    .every(Boolean);
}

/** Return the blocks that would not be read back as they are. */
function changedBlocks({ blocks, text }: Parsed, again: Parsed): Block[] {
  const isSame = (block: Block, other?: Block) =>
    other !== undefined && (isEqual(block.content, other.content) || isEqual(block.content, sourceBlock(textOf(other, again.text))));
  if (again.blocks.length === blocks.length) return blocks.filter((block, at) => !isSame(block, again.blocks[at]));
  const notes = [...text.matchAll(/^ {0,3}(\[\^[^\]\s]+\]):/gm)].map(([, label]) => `\n\n${label}: x`).join('');
  const alone = blocks.filter((block) => {
    const [first, ...others] = parsedFor(blocksToMarkdown([block.content]) + notes).blocks;
    return first === undefined || !isEqual(first.content, block.content) || others.some(({ node }) => node.type !== 'footnoteDefinition');
  });
  return alone.length > 0 ? alone : blocks;
}

const isEqual = (one: JSONContent, other: JSONContent) => JSON.stringify(one) === JSON.stringify(other);

/** A block that keeps its source, by its index; or a text. */
type Piece = { index?: number; text?: string };

function normalisedPieces({ blocks }: Parsed): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < blocks.length; ) {
    let end = at + 1;
    while (end < blocks.length && isList(blocks[at]) && blocks[end]?.content.type === blocks[at]?.content.type) end += 1;
    pieces.push({ text: blocksToMarkdown(blocks.slice(at, end).map(({ content }) => content)) });
    at = end;
  }
  return pieces;
}

/** Join pieces with blank lines, or with what was between them, and with all definitions of links. */
function joined({ text, blocks, definitions }: Parsed, pieces: Piece[]): string {
  const due = new Set(definitions.keys());
  const take = (gap: number) => {
    const taken = due.delete(gap) ? (definitions[gap] ?? []) : [];
    return taken.length > 0 ? [taken.join('\n')] : [];
  };
  let written = '';
  const add = (part: string, gap = '\n\n') => {
    if (part) written += (written && gap) + part;
  };
  pieces.forEach(({ index, text: own }, at) => {
    if (index === undefined) return add(own ?? '');
    const block = blocks[index] as Block;
    const before = pieces[at - 1]?.index;
    const isNext = before !== undefined && before + 1 === index && definitions[index]?.length === 0;
    take(index).forEach((part) => add(part));
    add(text.slice(block.start, block.end), isNext ? text.slice(blocks[before]?.end, block.start) : undefined);
    take(index + 1).forEach((part) => add(part));
  });
  for (const gap of [...due]) take(gap).forEach((part) => add(part));
  return written;
}

const isList = (block?: Block) => block?.content.type === 'bulletList' || block?.content.type === 'orderedList';
const isSameList = (one: Node, other: Node) => one.type === other.type && ['bulletList', 'orderedList'].includes(one.type.name);

/** Tell whether a block has nothing in it that Markdown has a notation for. */
function isBlank(node: Node): boolean {
  const isText = node.type.name === 'paragraph' || node.type.name === SOURCE_BLOCK;
  return isText && node.children.every((child) => child.type.name === 'hardBreak' || /^[ \t\n]+$/.test(child.text ?? '.'));
}
