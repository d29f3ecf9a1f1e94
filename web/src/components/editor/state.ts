/** Where does a post stand between its author and the service? What happens to it, without saying how or when. */
import type { Post } from '@/client';
import {
  changed, contested, FIELDS, isMadeOf, nextSlug, NOTHING, rebased, same, slugOf, writtenOf, type Field, type Written,
} from './written';

/** Why saving has stopped until the author does something. */
export type Halt = 'logged-out' | 'forbidden' | 'gone' | 'refused';

export type State = {
  /** The last answer; undefined until the first save of a new post. */
  post?: Post;
  /** What the service has. */
  saved: Written;
  /** What the author sees. */
  current: Written;
  /** What is on its way. */
  sent?: Written;
  /** What the service would not take, by field: not sent again until it is changed. */
  refused: Partial<Record<Field, { value: Written[Field]; message: string }>>;
  /** How often in a row no answer came, and after how long the service would like to be asked again. */
  failures: number;
  retryAfterS?: number;
  halt?: Halt;
  /** Somebody else's version, where both changed the same. */
  theirs?: Post;
  /** What the author gave up in a conflict. */
  aside?: Written;
  /** Changes from elsewhere came in beside the author's own. */
  merged: boolean;
};

export type Event =
  | { type: 'edited'; changes: Partial<Written> }
  | { type: 'sent' }
  | { type: 'answered'; post: Post }
  | { type: 'failed'; retryAfterS?: number }
  | { type: 'refused'; errors: Partial<Record<Field, string>> }
  | { type: 'halted'; halt: Halt }
  | { type: 'released' }
  | { type: 'overtaken'; theirs: Post }
  | { type: 'resolved'; written: Written }
  | { type: 'recalled' }
  | { type: 'detached' };

/** Return the state of a post as it was just read, or of a new one; with `copy`, what this browser kept goes on top. */
export function begun(post?: Post, copy?: { base: Written; written: Written }): State {
  const saved = post ? writtenOf(post) : NOTHING;
  const state: State = { post, saved, current: saved, refused: {}, failures: 0, merged: false };
  if (!copy) return state;
  if (!post) return { ...state, current: copy.written };
  return overtaken({ ...state, saved: copy.base, current: copy.written, merged: false }, post);
}

export function next(state: State, event: Event): State {
  switch (event.type) {
    case 'edited':
      return {
        ...state, current: withSlug(state, { ...state.current, ...event.changes }), merged: false,
        halt: state.halt === 'refused' ? undefined : state.halt,
      };
    case 'sent':
      return { ...state, sent: state.current, halt: undefined };
    case 'answered':
      return answered(state, event.post);
    case 'failed':
      return { ...state, sent: undefined, failures: state.failures + 1, retryAfterS: event.retryAfterS };
    case 'refused':
      return refused(state, event.errors);
    case 'halted':
      return { ...state, sent: undefined, halt: event.halt };
    case 'released':
      return { ...state, halt: undefined, failures: 0 };
    case 'overtaken':
      return overtaken(state, event.theirs);
    case 'resolved':
      return resolved(state, event.written);
    case 'recalled':
      return state.aside ? { ...state, current: state.aside, aside: state.current } : state;
    case 'detached':
      return { ...begun(), current: { ...state.current, slug: '' } };
  }
}

/** A draft that was never published keeps its address after its title, until its author gives it one. */
function withSlug(state: State, written: Written): Written {
  const { current, post, saved } = state;
  const isSettled = !post || post.published_at !== null || written.slug !== current.slug;
  if (isSettled || written.title === current.title) return written;
  if (![current.title, saved.title].some((title) => isMadeOf(current.slug, title))) return written;
  return { ...written, slug: slugOf(written.title) || current.slug };
}

function answered(state: State, post: Post): State {
  const { current, sent } = state;
  const saved = writtenOf(post);
  // What was typed in the meantime stays; so do the two long texts, under the cursor, as the author spelt them.
  const kept = changed(sent ?? state.saved, current);
  const own: Field[] = [...kept, 'title', 'body'];
  const shown = { ...saved, ...Object.fromEntries(own.map((field) => [field, current[field]])) };
  const known = sent ? { title: sent.title || saved.title, body: sent.body } : {};
  const left = Object.entries(state.refused).filter(([field, { value }]) => value === current[field as Field]);
  for (const [field] of left) Object.assign(shown, { [field]: current[field as Field] });
  return {
    ...state, post, saved: { ...saved, ...known }, current: shown, sent: undefined, failures: 0, retryAfterS: undefined,
    halt: undefined, refused: Object.fromEntries(left),
  };
}

function refused(state: State, errors: Partial<Record<Field, string>>): State {
  const { sent, current } = state;
  // Only what was sent can be kept back the next time.
  const told = Object.entries(errors) as [Field, string][];
  const fields = sent ? told.filter(([field]) => !isRefused({ ...state, current: sent }, field)) : [];
  if (!sent || fields.length === 0) return { ...state, sent: undefined, halt: 'refused' };
  // An address that nobody chose is simply chosen anew.
  if (errors.slug && isMadeOf(sent.slug, sent.title) && !same(state.saved, sent, 'title')) {
    const slug = current.slug === sent.slug ? nextSlug(sent.slug) : current.slug;
    return { ...state, sent: undefined, current: { ...current, slug } };
  }
  const found = Object.fromEntries(fields.map(([field, message]) => [field, { value: sent[field], message }]));
  return { ...state, sent: undefined, refused: { ...state.refused, ...found } };
}

function overtaken(state: State, theirs: Post): State {
  const { saved, current } = state;
  const written = writtenOf(theirs);
  if (contested(saved, current, written).length > 0) return { ...state, sent: undefined, halt: undefined, theirs };
  const merged = changed(saved, current).length > 0 && changed(saved, written).length > 0;
  const together = rebased(saved, current, written);
  return {
    ...state, post: theirs, saved: written, current: together, sent: undefined, halt: undefined, failures: 0, merged,
  };
}

function resolved(state: State, written: Written): State {
  if (!state.theirs) return state;
  const lost = changed(written, state.current).length > 0;
  return {
    ...state, post: state.theirs, saved: writtenOf(state.theirs), current: written, theirs: undefined, failures: 0,
    aside: lost ? state.current : undefined,
  };
}

/** Return the fields that the service should get now. */
export function pending(state: State): Field[] {
  const { post, saved, current } = state;
  const fields = changed(saved, current).filter((field) => !isRefused(state, field));
  if (post) return fields.filter((field) => field !== 'title' || current.title.trim());
  // A post begins with its title or its text, and not without what it cannot be without.
  const isBegun = current.title.trim() || current.body.trim();
  return isBegun && !isRefused(state, 'title') && !isRefused(state, 'body') ? fields : [];
}

/** Tell whether the service has refused just what this field says now. */
function isRefused({ refused, current }: State, field: Field): boolean {
  const found = refused[field];
  return found !== undefined && same({ ...current, [field]: found.value }, current, field);
}

/** Tell whether there is anything that only this browser has. */
export function isUnsaved(state: State): boolean {
  const { sent, theirs } = state;
  return sent !== undefined || theirs !== undefined || pending(state).length > 0 || refusals(state).length > 0;
}

/** Return the fields that stay unsaved until they are changed. */
export function refusals(state: State): Field[] {
  return FIELDS.filter((field) => isRefused(state, field));
}

/** Tell whether changes go to the service by themselves: not where readers would see half a sentence. */
export function savesItself({ post }: State): boolean {
  return post === undefined || post.status === 'draft';
}

export type Phase = 'new' | 'saved' | 'unsaved' | 'saving' | 'waiting' | 'conflict' | Halt;

/** Return the one word for all that. */
export function phaseOf(state: State): Phase {
  if (state.theirs) return 'conflict';
  if (state.halt) return state.halt;
  if (state.sent) return 'saving';
  if (pending(state).length > 0) return state.failures > 0 ? 'waiting' : 'unsaved';
  return state.post ? 'saved' : 'new';
}

const LONGEST_WAIT_S = 60;

/** Return how long to wait before the next try: 1 s, 2 s, 4 s ... 60 s, and never less than the service asks for. */
export function waitS({ failures, retryAfterS = 0 }: State): number {
  return Math.max(retryAfterS, Math.min(2 ** (failures - 1), LONGEST_WAIT_S));
}
