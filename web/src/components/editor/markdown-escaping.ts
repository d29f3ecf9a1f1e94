/** Markdown escaping for the rich editor: text reads back as it was typed, with no more escapes than it needs. */

export const CODE_SPAN = /(`+)(?!`)[^]*?[^`]\1(?!`)/g;

/** Remove the escapes that Tiptap adds and CommonMark does not need. */
export function plainer(inline: string): string {
  let [done, at] = ['', 0];
  for (const code of inline.matchAll(CODE_SPAN)) {
    // An escaped backtick does not open a code span.
    if (inline[code.index - 1] === '\\') continue;
    done += withoutNeedless(inline.slice(at, code.index)) + code[0];
    at = code.index + code[0].length;
  }
  return done + withoutNeedless(inline.slice(at));
}

function withoutNeedless(text: string): string {
  // A single tilde has no partner.
  const tildes = text.split('\\~').length === 2 && !text.includes('~~') ? text.replace('\\~', '~') : text;
  return tildes
    .replace(/&amp;(?!#?\w+;)/g, '&')
    .replace(/(?<=[^\n])&gt;/g, '>')
    .replace(/&lt;(?=[\s\d=]|$)/g, '<')
    .replace(/(?<=[\p{L}\p{N}])\\_(?=[\p{L}\p{N}])/gu, '_');
}

/** Escape lines of a paragraph that would begin a heading, list, quotation, rule, table or fence. */
export function asParagraph(inline: string): string {
  return inline
    .split('\n')
    .map((line, at) => escaped(line.replace(/^[ \t]+/, ''), at > 0))
    .join('\n');
}

function escaped(line: string, follows: boolean): string {
  const numbered = /^(\d{1,9})([.)])(?=\s|$)/.exec(line);
  if (numbered) return `${numbered[1]}\\${line.slice(numbered[1]?.length)}`;
  const begins = /^(#{1,6}(\s|$)|[-+](\s|$)|>|-{3}|(- ){2}|~{3})/.test(line);
  const underlines = follows && /^(=+|-+|[|:\s-]*-[|:\s-]*)\s*$/.test(line);
  return begins || underlines ? `\\${line}` : line;
}
