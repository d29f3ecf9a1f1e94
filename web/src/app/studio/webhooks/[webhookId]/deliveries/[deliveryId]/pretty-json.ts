/** Deeper levels are indented as this one: what is nested without end would otherwise be long without end. */
const DEEPEST = 20;
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * Return JSON with a member on each line; text that is no JSON stays as it is. Strings and numbers are not read: a number
 * may have more digits than JavaScript keeps.
 */
export function prettyJson(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  let pretty = '';
  const tokens = text.match(TOKENS) ?? [];
  const newLine = () => `\n${'  '.repeat(Math.min(depth, DEEPEST))}`;
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1] ?? '';
    const isEmpty = '{['.includes(before) && '}]'.includes(token);
    if ('}]'.includes(token)) depth -= 1;
    if (!isEmpty && before !== '' && ('{[,'.includes(before) || '}]'.includes(token))) pretty += newLine();
    if ('{['.includes(token)) depth += 1;
    pretty += token === ':' ? ': ' : token;
  }
  return pretty;
}
