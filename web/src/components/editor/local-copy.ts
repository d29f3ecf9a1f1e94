/** What does this browser keep until the service has it? One copy a tab, found again by whichever opens the post next. */
import type { Written } from './written';

export type Copy = { base: Written; written: Written; at: string };

const PREFIX = 'colophon:unsaved';
const nameOf = (account: number, post: string) => `${PREFIX}:${account}:${post}:`;

/** A tab holds a lock of its copy's name: what nobody holds was left behind. */
async function heldNames(): Promise<Set<string>> {
  const held = (await navigator.locks?.query())?.held ?? [];
  return new Set(held.map(({ name }) => name ?? ''));
}

/** Return the latest copy that a tab left behind, and take it over; earlier ones wait for their turn. */
export async function takeLeftCopy(account: number, post: string): Promise<Copy | undefined> {
  const held = await heldNames();
  const names = Object.keys(localStorage).filter((name) => name.startsWith(nameOf(account, post)) && !held.has(name));
  const copies = names.map((name) => ({ name, copy: read(name) }));
  const [latest] = copies.sort((one, other) => (other.copy?.at ?? '').localeCompare(one.copy?.at ?? ''));
  if (latest) localStorage.removeItem(latest.name);
  return latest?.copy;
}

function read(name: string): Copy | undefined {
  try {
    const copy = JSON.parse(localStorage.getItem(name) ?? 'null') as Copy | null;
    return copy?.base && copy.written ? copy : undefined;
  } catch {
    return undefined;
  }
}

/** The copy of one tab. A full or forbidden storage is no reason to stop anybody from writing. */
export class LocalCopy {
  #release?: () => void;
  readonly #name: string;

  constructor(account: number, post: string) {
    this.#name = nameOf(account, post) + crypto.randomUUID();
    void navigator.locks?.request(this.#name, () => new Promise<void>((resolve) => (this.#release = resolve)));
  }

  keep(copy: Omit<Copy, 'at'>): void {
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
