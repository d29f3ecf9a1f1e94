/** Syntax highlighting of code in posts, on the server: browsers run nothing for it. */
import type { Element, ElementContent, Root } from 'hast';
import { bundledLanguages, createCssVariablesTheme, getSingletonHighlighter, isSpecialLang, type BundledLanguage } from 'shiki';
import { visit } from 'unist-util-visit';
import { messages } from '@/messages';

/** Theme of CSS variables: prose.css defines the colours for the light and the dark theme. */
const theme = createCssVariablesTheme({ name: 'prose', variablePrefix: '--code-' });

/** Longer code is not highlighted: the time grows with its length. */
const LONGEST = 50_000;

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
  pre.properties.role = 'group';
  pre.properties.ariaLabel = lang ? `${messages.site.post.code}, ${lang}` : messages.site.post.code;
  const text = textWithin(code);
  if (!lang || text.length > LONGEST) return;
  const highlighter = await getSingletonHighlighter({ themes: [theme], langs: [lang] });
  const lines = highlighter.codeToTokensBase(text.replace(/\n$/, ''), { lang, theme });
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
  const text = { type: 'text', value: content } as const;
  const name = /^var\(--code-(?:token-)?([a-z-]+)\)$/.exec(color ?? '')?.[1];
  if (!name || name === 'foreground') return text;
  return { type: 'element', tagName: 'span', properties: { className: [`code-${name}`] }, children: [text] };
}

function languageOf(code: Element): BundledLanguage | undefined {
  const classes = Array.isArray(code.properties.className) ? code.properties.className : [];
  const name = String(classes[0] ?? '').replace(/^language-/, '').toLowerCase();
  return Object.hasOwn(bundledLanguages, name) && !isSpecialLang(name) ? (name as BundledLanguage) : undefined;
}

function textWithin(node: Element): string {
  let text = '';
  visit(node, 'text', (found) => void (text += found.value));
  return text;
}
