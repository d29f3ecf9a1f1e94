/** The rich editor without a browser, for scripts/open-posts.mjs: opens texts, and writes generated documents. */
import { getSchema } from '@tiptap/react';
import { EXTENSIONS } from '../extensions';
import { generatedDocument } from './generated-document';
import { openRichDocument, type Refusal, RichDocument } from './rich-document';

const schema = getSchema(EXTENSIONS);

type Opening =
  | { refusal: Refusal }
  | {
      /** The Markdown without any change, and after every block was changed. */
      unchanged: string;
      normalised: string;
      isNormalised: boolean;
      /** The blocks that are shown as source. */
      sources: string[];
    };

/** Open a text, and return what the editor would save. */
export function open(source: string): Opening {
  const rich = openRichDocument(source);
  if (!(rich instanceof RichDocument)) return { refusal: rich };
  const document = schema.nodeFromJSON(rich.content);
  document.check();
  const sources = document.children.filter(({ type }) => type.name === 'sourceBlock').map(({ textContent }) => textContent);
  return { unchanged: rich.toMarkdown(document), normalised: rich.normalised, isNormalised: rich.isNormalised, sources };
}

/** Return a generated document as Markdown, and its letters with their marks, apart from those shown as source. */
export function generate(seed: number): { markdown: string; letters: [string, string[]][] } {
  const document = schema.nodeFromJSON(generatedDocument(seed));
  const letters: [string, string[]][] = [];
  document.descendants((node, _position, parent) => {
    const marks = node.marks.map(({ type }) => type.name).sort();
    if (!node.isText || parent?.type.name === 'sourceBlock' || marks.includes('sourceText')) return;
    letters.push(...Array.from((node.text ?? '').replace(/\s/g, ''), (letter): [string, string[]] => [letter, marks]));
  });
  const empty = openRichDocument('');
  return { markdown: empty instanceof RichDocument ? empty.toMarkdown(document) : '', letters };
}
