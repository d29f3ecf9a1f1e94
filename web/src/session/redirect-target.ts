/** Where does somebody go after logging in? Only ever to a page of this site. */

const HERE = 'http://here.invalid';

/** Return `wanted` if it is a path of this site, else `otherwise`. What browsers take for another host is none. */
export function safeRedirectPath(wanted: unknown, otherwise = '/'): string {
  if (typeof wanted !== 'string' || !wanted.startsWith('/') || !URL.canParse(wanted, HERE)) return otherwise;
  // Read as a browser would: `/\evil`, `//evil` and `/<tab>/evil` are hosts, `/.//evil` becomes one.
  const { origin, pathname, search, hash } = new URL(wanted, HERE);
  return origin === HERE && !pathname.startsWith('//') ? pathname + search + hash : otherwise;
}
