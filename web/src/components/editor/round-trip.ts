/** Round trip of Markdown through the rich editor: whether it keeps a text, respells it or loses something. */
import { MarkdownManager } from '@tiptap/markdown';
import Markdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { diffLines } from './diff';
import { EXTENSIONS } from './extensions';
import { CODE_SPAN } from './markdown-escaping';

export type Feature = 'footnotes' | 'tables' | 'tasks' | 'html' | 'other';

/**
 * `same`: to the letter. `respelt`: it would read the same, with other marks in the source. `lossy`: it would read
 * differently. `line` is the first that would change.
 */
export type RoundTripResult =
  | { kind: 'same' }
  | { kind: 'respelt'; line: string }
  | { kind: 'lossy'; line: string; features: Feature[] };

let manager: MarkdownManager | undefined;

/** Return `source` as the rich editor would write it. */
export function roundTrip(source: string): string {
  manager ??= new MarkdownManager({ extensions: EXTENSIONS });
  return manager.serialize(manager.parse(source));
}

export function checkRoundTrip(source: string): RoundTripResult {
  const made = roundTrip(source);
  if (made.trimEnd() === source.trimEnd()) return { kind: 'same' };
  const pieces = diffLines(source.split('\n'), made.split('\n'));
  const line = pieces.find(({ kind, text }) => kind === 'gone' && text.trim())?.text ?? '';
  const features = featuresOf(source);
  // What it has no notation for is lost for certain; the rest has to be read, which takes its time in a long text.
  if (features.length === 0 && readingOf(made) === readingOf(source)) return { kind: 'respelt', line };
  return { kind: 'lossy', line, features: features.length > 0 ? features : ['other'] };
}

const SIGNS: [Feature, RegExp][] = [
  ['footnotes', /\[\^[^\]\s]+\]/],
  ['tables', /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/m],
  ['tasks', /^\s*([-*+]|\d+[.)])\s+\[[ xX]\]\s/m],
  ['html', /<(\/?[a-z][^>]*|!--[^]*?--)>/i],
];
/** Code, escapes, and addresses between angles: in none of them a sign means what it says. */
const NO_SIGNS = [/^ {0,3}(`{3,}|~{3,})[^]*?^ {0,3}\1/gm, CODE_SPAN, /\\[^\w\s]/g, /<(https?:|[^\s<>@]+@)[^\s>]*>/g];

function featuresOf(source: string): Feature[] {
  const prose = NO_SIGNS.reduce((text, sign) => text.replace(sign, ''), source);
  const found = SIGNS.filter(([feature, sign]) => sign.test(prose) && (feature !== 'tables' || prose.includes('|')));
  return found.map(([feature]) => feature);
}

/** Return all that a reader gets of a text, whatever the marks in its source. */
function readingOf(source: string): string {
  const plugins: React.ComponentProps<typeof Markdown>['remarkPlugins'] = [[remarkGfm, { singleTilde: false }]];
  return outlineOf(Markdown({ children: source, remarkPlugins: plugins, skipHtml: true })).replace(/\n+/g, '\n').trim();
}

function outlineOf(node: unknown): string {
  if (Array.isArray(node)) return node.map(outlineOf).join('');
  if (typeof node !== 'object' || node === null) return typeof node === 'string' ? node : '';
  const { type, props } = node as { type: unknown; props: Record<string, unknown> };
  const { children, node: _, ...attributes } = props;
  if (typeof type !== 'string') return outlineOf(children);
  return `\u0001${type}${JSON.stringify(attributes)}\u0002${outlineOf(children)}\u0003`;
}
