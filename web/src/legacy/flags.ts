/** Feature flags of routes, with percentage rollout: who gets the legacy site's page. */
import { type Flag, ROUTES } from './routes';

/** Random id of a visitor, for flags with a percentage. */
export const VISITOR_COOKIE = 'visitor';

export type Visitor = { id: string; cookie: (name: string) => string | undefined; header: (name: string) => string | null };

const FLAG = /^(?:off|(?<share>\d+(?:\.\d+)?)%|(?<kind>cookie|header) (?<name>[^\s=]+)(?:=(?<value>.*))?)$/;

const patterns = Object.keys(ROUTES).map((route) => ({ route, pattern: patternOf(route) }));

/**
 * `/posts/[slug]` stands for one segment, `/api/[...path]` for one or more. To the name of a card that is drawn in a
 * group of routes, Next adds a hash of the group.
 */
function patternOf(route: string): RegExp {
  const parts = route.split('/').map((part) => {
    if (part.startsWith('[...')) return '.+';
    if (part === 'opengraph-image') return `${part}(?:-[0-9a-z]{6})?`;
    return part.startsWith('[') ? '[^/]+' : part.replace(/[.*+?^${}()|\\\]]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('/')}$`);
}

/** Return our route for a path without a trailing slash, if there is one. */
export function routeOf(path: string): string | undefined {
  return patterns.find(({ pattern }) => pattern.test(path))?.route;
}

/** Return the flag of a route: what `LEGACY_ROUTES` says, else what `routes.ts` says. */
export function flagForRoute(route: string, overrides: string | undefined = process.env.LEGACY_ROUTES): Flag {
  return overridden(overrides ?? '').get(route) ?? (ROUTES as Record<string, Flag>)[route] ?? 'off';
}

let read: { text: string; flags: Map<string, Flag> } | undefined;

function overridden(text: string): Map<string, Flag> {
  if (read?.text !== text) read = { text, flags: flagsIn(text) };
  return read.flags;
}

/** Read `/items=25%, /archive=off`. What cannot be read is told and left out: a slip must not take the site down. */
function flagsIn(text: string): Map<string, Flag> {
  const flags = new Map<string, Flag>();
  for (const entry of text.split(',').map((each) => each.trim()).filter(Boolean)) {
    const [, route = '', flag = ''] = /^([^=]*?)\s*=\s*(.*)$/.exec(entry) ?? [];
    if (route in ROUTES && FLAG.test(flag)) flags.set(route, flag as Flag);
    else console.error(`LEGACY_ROUTES: "${entry}" is not a valid flag; see src/legacy/routes.ts`);
  }
  return flags;
}

/** Return whether a flag routes this visitor to the legacy site. */
export function routesToLegacy(flag: Flag, { id, cookie, header }: Visitor): boolean {
  const { share, kind, name = '', value } = FLAG.exec(flag)?.groups ?? {};
  if (kind) {
    const sent = kind === 'cookie' ? cookie(name) : header(name);
    return sent !== undefined && sent !== null && (value === undefined || sent === value);
  }
  return share !== undefined && rolloutBucket(id) < Number(share);
}

/**
 * Return a visitor's place between 0 and 100, the same in every process and for every route: who is sent back, is sent
 * back everywhere, and a growing share only adds visitors. 32-bit FNV-1a, then the finalizer of MurmurHash3, without
 * which ids that differ in their last character would stay neighbours.
 */
export function rolloutBucket(visitor: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(visitor)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32) * 100;
}
