/**
 * What the parts of this server share, which Next.js bundles apart from each other or, like cache-handler.mjs, not at all:
 * a module of its own would exist once in each.
 */

/** A page as it was served last, for when it cannot be rendered again. */
export type KeptPage = {
  value: unknown;
  body: string | Buffer;
  headers: Record<string, string | string[] | undefined>;
  /** The last time that it could not be rendered again, in milliseconds since 1970. */
  failedAt?: number;
};

export type ServerState = {
  /** The last time that an operation of the API failed, in milliseconds since 1970, and how: the digest of `ApiError`. */
  failed?: { at: number; digest: string };
  /** The last time that the API did not respond, or said that it is unavailable, in milliseconds since 1970. */
  unreachableAt?: number;
  /** The last time that the API responded, in milliseconds since 1970. */
  respondedAt?: number;
  /** Pages that have to be rendered again before they are served, by their path. */
  expiredPages: Map<string, KeptPage>;
  /** Known to this process alone: what comes with it was sent by this server to itself. */
  secret?: string;
  /** Returns the content security policy of a page that may run these scripts besides those of this site. */
  policy?: (scripts: string[]) => string;
};

const KEY = Symbol.for('colophon.web');

export function serverState(): ServerState {
  const shared = globalThis as { [KEY]?: ServerState };
  return (shared[KEY] ??= { expiredPages: new Map() });
}
