/** JSON for a script element of a page, escaped. */

/** JSON escapes of characters that could end the script, begin a comment, or end a line in older parsers. */
const ESCAPED: Record<string, string> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** Return JSON of `data` that may stand inside a `<script>` element: the same data, and no markup whatever it says. */
export function scriptJson(data: unknown): string {
  return JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, (character) => ESCAPED[character] as string);
}
