/** Syntax highlighting of code in posts, on the server: browsers run nothing for it. */
import type { Element, ElementContent, Root } from 'hast';
import { bundledLanguages, bundledLanguagesInfo, createCssVariablesTheme, getSingletonHighlighter, isSpecialLang, type BundledLanguage } from 'shiki';
import { SKIP, visit } from 'unist-util-visit';
import { messages } from '@/messages';

/** Theme of CSS variables: prose.css defines the colours for the light and the dark theme. */
const theme = createCssVariablesTheme({ name: 'prose', variablePrefix: '--code-' });

/** Longer code is not highlighted: the time grows with its length. */
const LONGEST = 50_000;

/** Names of languages as their users write them, by id and alias. */
const LANGUAGE_NAMES = new Map(bundledLanguagesInfo.flatMap(({ id, name, aliases = [] }) => [id, ...aliases].map((each) => [each, name])));

/** Highlight code blocks of known languages; grammars are loaded on first use. */
export async function colourCode(tree: Root): Promise<Root> {
  const blocks: { pre: Element; code: Element }[] = [];
  visit(tree, { type: 'element', tagName: 'pre' }, (pre) => {
    pre.properties.tabIndex = 0;
    const [code] = pre.children.filter((child) => child.type === 'element');
    if (code?.tagName === 'code') blocks.push({ pre, code });
  });
  await Promise.all(blocks.map(colourBlock));
  return tree;
}

async function colourBlock({ pre, code }: { pre: Element; code: Element }): Promise<void> {
  const lang = languageOf(code);
  const name = languageName(code);
  pre.properties.role = 'group';
  pre.properties.ariaLabel = name ? messages.site.post.codeIn(name) : messages.site.post.code;
  const source = textWithin(code);
  if (!lang || source.length > LONGEST) return;
  const highlighter = await getSingletonHighlighter({ themes: [theme], langs: [lang] });
  const lines = highlighter.codeToTokensBase(source.replace(/\n$/, ''), { lang, theme });
  code.children = lines.flatMap((tokens, index): ElementContent[] => [
    ...(index > 0 ? [{ type: 'text', value: '\n' } as const] : []),
    ...merged(tokens).map(coloured),
  ]);
}

type Token = { content: string; color?: string; fontStyle?: number };

/** Join adjacent tokens of one colour, and spaces with the token before: half the size of the page. */
function merged(tokens: Token[]): Token[] {
  const joined: Token[] = [];
  for (const token of tokens) {
    const last = joined.at(-1);
    if (last && (last.color === token.color || !token.content.trim())) last.content += token.content;
    else joined.push({ content: token.content, color: token.color });
  }
  return joined;
}

/** The default colour needs no element. */
function coloured({ content, color }: Token): ElementContent {
  const plain = text(content);
  const name = /^var\(--code-(?:token-)?([a-z-]+)\)$/.exec(color ?? '')?.[1];
  if (!name || name === 'foreground') return plain;
  return element('span', `code-${name}`, [plain]);
}

/** Put a bar above each code block: the name of the language, and a button that copies the code (public/reading.js). */
export function addCodeBars(tree: Root): void {
  visit(tree, { type: 'element', tagName: 'pre' }, (pre, index, parent) => {
    const [code] = pre.children.filter((child) => child.type === 'element');
    if (!parent || index === undefined || code?.tagName !== 'code') return undefined;
    const bar = element('div', 'code-bar', [element('span', 'code-language', [text(languageName(code) ?? '')]), copyButton()]);
    parent.children[index] = element('div', 'code-block', [bar, pre]);
    return SKIP;
  });
}

function copyButton(): Element {
  const { copy, copied, copyCode } = messages.site.post;
  const button = element('button', 'copy', [element('span', 'copy-before', [text(copy)]), element('span', 'copy-after', [text(copied)])]);
  Object.assign(button.properties, { type: 'button', dataCopy: '', ariaLabel: copyCode });
  return button;
}

const text = (value: string) => ({ type: 'text', value }) as const;

function element(tagName: string, className: string, children: ElementContent[]): Element {
  return { type: 'element', tagName, properties: { className: [className] }, children };
}

/** Return the name of a language for readers: of one that no grammar knows as its author wrote it, of plain text none. */
function languageName(code: Element): string | undefined {
  const name = languageTag(code);
  if (!name || isSpecialLang(name)) return undefined;
  return LANGUAGE_NAMES.get(name) ?? name;
}

function languageTag(code: Element): string {
  const classes = Array.isArray(code.properties.className) ? code.properties.className : [];
  return String(classes[0] ?? '').replace(/^language-/, '').toLowerCase();
}

function languageOf(code: Element): BundledLanguage | undefined {
  const name = languageTag(code);
  return Object.hasOwn(bundledLanguages, name) && !isSpecialLang(name) ? (name as BundledLanguage) : undefined;
}

function textWithin(node: Element): string {
  let text = '';
  visit(node, 'text', (found) => void (text += found.value));
  return text;
}
