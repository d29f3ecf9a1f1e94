/** Drafts in localStorage: what is not saved yet, one copy a tab, held by a Web Lock and recovered by the next tab. */
import { EMPTY_FIELDS, type PostFields } from './post-fields';

export type DraftCopy = { base: PostFields; written: PostFields; at: string };

const PREFIX = 'colophon:unsaved';
const keyPrefix = (account: number, post: string) => `${PREFIX}:${account}:${post}:`;

/** Every open tab holds a Web Lock named as its copy's key; a copy without a lock belongs to a closed tab. */
async function lockedKeys(): Promise<Set<string>> {
  const held = (await navigator.locks?.query())?.held ?? [];
  return new Set(held.map(({ name }) => name ?? ''));
}

/** Return the latest copy of a closed tab and delete it from the storage; earlier ones stay there. */
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
    if (!copy?.base || !copy.written) return undefined;
    // One that an earlier version of this app kept lacks fields.
    return { ...copy, base: { ...EMPTY_FIELDS, ...copy.base }, written: { ...EMPTY_FIELDS, ...copy.written } };
  } catch {
    return undefined;
  }
}

/** The copy of one tab. Without storage (full, or disabled) the editor still works. */
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

  /** Release the lock, so that the next tab can recover the copy. */
  leave(): void {
    this.#release?.();
  }
}
