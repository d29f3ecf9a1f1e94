/** Open-redirect protection for ?next=: where to go after logging in. */

const HERE = 'http://here.invalid';

/** Return `wanted` if it is a path of this site, else `otherwise`. */
export function safeRedirectPath(wanted: unknown, otherwise = '/'): string {
  if (typeof wanted !== 'string' || !wanted.startsWith('/') || !URL.canParse(wanted, HERE)) return otherwise;
  // Parsed as browsers do: `/\evil`, `//evil` and `/<tab>/evil` are hosts, and `/.//evil` becomes one.
  const { origin, pathname, search, hash } = new URL(wanted, HERE);
  return origin === HERE && !pathname.startsWith('//') ? pathname + search + hash : otherwise;
}
