/** What does this browser keep until the service has it? One copy a tab, found again by whichever opens the post next. */
import type { PostFields } from './post-fields';

export type DraftCopy = { base: PostFields; written: PostFields; at: string };

const PREFIX = 'colophon:unsaved';
const keyPrefix = (account: number, post: string) => `${PREFIX}:${account}:${post}:`;

/** A tab holds a lock of its copy's name: what nobody holds was left behind. */
async function lockedKeys(): Promise<Set<string>> {
  const held = (await navigator.locks?.query())?.held ?? [];
  return new Set(held.map(({ name }) => name ?? ''));
}

/** Return the latest copy that a tab left behind, and take it over; earlier ones wait for their turn. */
export async function recoverLocalDraft(account: number, post: string): Promise<DraftCopy | undefined> {
  const held = await lockedKeys();
  const names = Object.keys(localStorage).filter((name) => name.startsWith(keyPrefix(account, post)) && !held.has(name));
  const copies = names.map((name) => ({ name, copy: read(name) }));
  const [latest] = copies.sort((one, other) => (other.copy?.at ?? '').localeCompare(one.copy?.at ?? ''));
  if (latest) localStorage.removeItem(latest.name);
  return latest?.copy;
}

function read(name: string): DraftCopy | undefined {
  try {
    const copy = JSON.parse(localStorage.getItem(name) ?? 'null') as DraftCopy | null;
    return copy?.base && copy.written ? copy : undefined;
  } catch {
    return undefined;
  }
}

/** The copy of one tab. A full or forbidden storage is no reason to stop anybody from writing. */
export class LocalDraft {
  #release?: () => void;
  readonly #name: string;

  constructor(account: number, post: string) {
    this.#name = keyPrefix(account, post) + crypto.randomUUID();
    void navigator.locks?.request(this.#name, () => new Promise<void>((resolve) => (this.#release = resolve)));
  }

  keep(copy: Omit<DraftCopy, 'at'>): void {
    try {
      localStorage.setItem(this.#name, JSON.stringify({ ...copy, at: new Date().toISOString() }));
    } catch {
      // Leaving the page asks first in any case.
    }
  }

  forget(): void {
    localStorage.removeItem(this.#name);
  }

  /** Let whichever opens the post next find it. */
  leave(): void {
    this.#release?.();
  }
}
