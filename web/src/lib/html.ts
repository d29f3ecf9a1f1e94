/** Sanitizes the HTML of posts and comments, and prepares it for a page: headings, links, images, tables. */
import { fromHtml } from 'hast-util-from-html';
import type { Element, Root } from 'hast';
import rehypeSanitize, { type Options as Schema } from 'rehype-sanitize';
import { hastToHtml } from 'shiki/core';
import { SKIP, visit } from 'unist-util-visit';
import { messages } from '@/messages';
import { depths } from './html-outline';

/** Prefix of ids in a body, added by the API so that they cannot clash with ids of the page (DOM clobbering). */
export const ANCHOR_PREFIX = 'user-content-';

/** Number of blocks that are above the fold: the first image in them is not lazy. */
const FIRST_BLOCKS = 3;

/**
 * Allowed elements and attributes. The API sanitizes HTML as well; this is a second line of defence. `null` allows any
 * value.
 */
const ALLOWED: Schema = {
  tagNames: (
    'a abbr aside b bdi blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 ' +
    'h5 h6 hr i img input ins kbd li mark ol p pre q rp rt ruby s samp section small span strong sub summary sup table ' +
    'tbody td tfoot th thead time tr u ul var wbr'
  ).split(' '),
  attributes: {
    '*': ['dir', 'id', 'lang', 'title'],
    a: ['ariaLabel', 'href', 'rel', ['role', 'doc-noteref', 'doc-backlink']],
    code: [['className', /^language-/]],
    details: ['open'],
    img: ['alt', 'height', 'loading', 'src', 'width'],
    input: [['type', 'checkbox'], 'checked', ['disabled', true]],
    li: ['value'],
    ol: ['reversed', 'start', 'type'],
    section: [['role', 'doc-endnotes']],
    td: ['align', 'colSpan', 'rowSpan'],
    th: ['align', 'colSpan', 'rowSpan', 'scope'],
    time: ['dateTime'],
  },
  protocols: { href: ['http', 'https', 'mailto'], src: ['https'] },
  required: { input: { type: 'checkbox', disabled: true } },
  strip: ['script', 'style', 'template', 'iframe', 'object', 'svg', 'math', 'title', 'textarea', 'noscript'],
  clobber: [],
};

/** Parse and sanitize the HTML of a post or a comment. */
export function parsed(html: string): Root {
  return rehypeSanitize(ALLOWED)(fromHtml(html, { fragment: true }));
}

/** Prepare the tree of a body for a page. */
export function forPage(tree: Root, title?: string): Root {
  dropTitle(tree, title);
  nestHeadings(tree);
  wireLinks(tree);
  prepareImages(tree);
  nameControls(tree);
  mendTables(tree);
  return tree;
}

/** Remove a first heading that repeats the title. */
function dropTitle(tree: Root, title?: string): void {
  const first = tree.children.findIndex((child) => child.type === 'element');
  const heading = tree.children[first];
  if (heading?.type === 'element' && /^h[1-6]$/.test(heading.tagName) && textOf(heading) === title) {
    tree.children.splice(first, 1);
  }
}

/** Move headings below the `h1` of the page, and add anchor links. */
function nestHeadings(tree: Root): void {
  const headings: Element[] = [];
  visit(tree, 'element', (node) => {
    if (/^h[1-6]$/.test(node.tagName)) headings.push(node);
  });
  const deep = depths(headings.map(({ tagName }) => Number(tagName[1])));
  headings.forEach((heading, index) => {
    heading.tagName = `h${Math.min(6, (deep[index] ?? 1) + 1)}`;
    const { id } = heading.properties;
    if (typeof id !== 'string') return;
    const properties = { href: `#${id}`, className: ['anchor'], ariaLabel: messages.site.post.linkTo(textOf(heading)) };
    heading.children.push({ type: 'element', tagName: 'a', properties, children: [{ type: 'text', value: '#' }] });
  });
}

/** Point links to `#heading` to the prefixed id, and add `noopener` to links to other sites. */
function wireLinks(tree: Root): void {
  const ids = new Set<unknown>();
  visit(tree, 'element', (node) => void ids.add(node.properties.id));
  visit(tree, { type: 'element', tagName: 'a' }, (node) => {
    const { href } = node.properties;
    if (typeof href !== 'string') return;
    const prefixed = ANCHOR_PREFIX + href.slice(1);
    if (href.startsWith('#') && !ids.has(href.slice(1)) && ids.has(prefixed)) node.properties.href = `#${prefixed}`;
    if (/^(https?:)?\/\//i.test(href)) {
      const rel = node.properties.rel;
      const words = Array.isArray(rel) ? rel.map(String) : [];
      node.properties.rel = [...new Set([...words, 'noopener'])];
    }
  });
}

/**
 * Lazy loading for all images but one that is above the fold. An image that was not imported (a relative URL) is replaced by its alternative
 * text.
 */
function prepareImages(tree: Root): void {
  let first: Element | undefined;
  for (const block of tree.children.filter((child) => child.type === 'element').slice(0, FIRST_BLOCKS)) {
    visit(block, { type: 'element', tagName: 'img' }, (node) => void (first ??= node));
  }
  visit(tree, { type: 'element', tagName: 'img' }, (node) => {
    if (!/^(https:)?\//.test(String(node.properties.src))) {
      node.tagName = 'span';
      node.children = [{ type: 'text', value: String(node.properties.alt ?? '') }];
      node.properties = { className: ['missing'] };
      return;
    }
    node.properties.loading = node === first ? 'eager' : 'lazy';
    node.properties.decoding = 'async';
    node.properties.alt ??= '';
  });
}

/** Add accessible names to check boxes of task lists and to the footnotes. */
function nameControls(tree: Root): void {
  const { post } = messages.site;
  visit(tree, 'element', (node, _index, parent) => {
    if (node.tagName === 'section' && node.properties.role === 'doc-endnotes') {
      node.properties.ariaLabel = post.footnotes;
    }
    if (node.tagName !== 'input') return;
    const checked = Boolean(node.properties.checked);
    node.properties = { type: 'checkbox', disabled: true, checked, ariaLabel: checked ? post.done : post.toDo };
    if (parent?.type === 'element' && parent.tagName === 'li') parent.properties.className = ['task'];
  });
}

/**
 * Wrap tables in a box that scrolls horizontally, also by keyboard. Empty header cells become plain cells (axe:
 * empty-table-header).
 */
function mendTables(tree: Root): void {
  visit(tree, { type: 'element', tagName: 'table' }, (node, index, parent) => {
    if (!parent || index === undefined) return undefined;
    visit(node, { type: 'element', tagName: 'th' }, (cell) => {
      if (cell.children.every((child) => child.type === 'text' && !child.value.trim())) cell.tagName = 'td';
    });
    const properties = { className: ['scrolls'], tabIndex: 0, role: 'group', ariaLabel: messages.site.post.table };
    parent.children[index] = { type: 'element', tagName: 'div', properties, children: [node] };
    return SKIP;
  });
}

/** Return the text content of a node. */
export function textOf(node: Root | Element): string {
  let text = '';
  visit(node, 'text', (found) => void (text += found.value));
  return text.trim();
}

/** Return a plain text as HTML, also for an attribute. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** Return the HTML of a post with absolute URLs, for feeds. */
export function withWholeAddresses(html: string, pageUrl: string): string {
  const tree = parsed(html);
  visit(tree, 'element', ({ properties }) => {
    for (const name of ['href', 'src']) {
      const address = properties[name];
      if (typeof address === 'string' && URL.canParse(address, pageUrl)) {
        properties[name] = new URL(address, pageUrl).href;
      }
    }
  });
  return hastToHtml(tree);
}
