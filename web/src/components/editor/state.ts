/** State of the editor and its reducer: saved, current and rejected fields, conflicts, and why saving is blocked. */
import type { Post } from '@/client';
import {
  changedFields, conflictingFields, EMPTY_FIELDS, FIELDS, fieldsFromPost, isFieldEqual, isGeneratedSlug, nextSlug,
  plainFields, rebaseFields, slugify, type Field, type PostFields,
} from './post-fields';

/** Why saving has stopped until the author does something. */
export type SaveBlock = 'logged-out' | 'forbidden' | 'gone' | 'rejected';

export type State = {
  /** The post as last returned by the API; undefined until the first save of a new post. */
  post?: Post;
  /** The fields as saved. */
  saved: PostFields;
  /** The fields in the editor. */
  current: PostFields;
  /** The fields of the request in flight. */
  sent?: PostFields;
  /** Rejected values by field: not sent again until they change. */
  rejected: Partial<Record<Field, { value: PostFields[Field]; message: string }>>;
  /** Consecutive failed requests, and the `Retry-After` of the last one. */
  failures: number;
  retryAfterS?: number;
  block?: SaveBlock;
  /** Somebody else's version, during a conflict. */
  theirs?: Post;
  /** The fields that lost in a resolved conflict. */
  discarded?: PostFields;
  /** Changes of somebody else were merged without a conflict. */
  merged: boolean;
};

export type Event =
  | { type: 'edited'; changes: Partial<PostFields> }
  | { type: 'sent' }
  | { type: 'saved'; post: Post }
  | { type: 'failed'; retryAfterS?: number }
  | { type: 'rejected'; errors: Partial<Record<Field, string>> }
  | { type: 'blocked'; block: SaveBlock }
  | { type: 'unblocked' }
  | { type: 'conflict'; theirs: Post }
  | { type: 'resolved'; written: PostFields }
  | { type: 'restored' }
  | { type: 'continued-as-new' };

/** Return the state of a loaded post or a new one; a recovered local draft `copy` is applied to it. */
export function initialState(post?: Post, copy?: { base: PostFields; written: PostFields }): State {
  const saved = post ? fieldsFromPost(post) : EMPTY_FIELDS;
  const state: State = { post, saved, current: saved, rejected: {}, failures: 0, merged: false };
  if (!copy) return state;
  if (!post) return { ...state, current: copy.written };
  return withRemoteChanges({ ...state, saved: copy.base, current: copy.written, merged: false }, post);
}

export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'edited':
      return {
        ...state, current: withSlug(state, { ...state.current, ...plainFields(event.changes) }), merged: false,
        block: state.block === 'rejected' ? undefined : state.block,
      };
    case 'sent':
      return { ...state, sent: state.current, block: undefined };
    case 'saved':
      return withSaved(state, event.post);
    case 'failed':
      return { ...state, sent: undefined, failures: state.failures + 1, retryAfterS: event.retryAfterS };
    case 'rejected':
      return withRejected(state, event.errors);
    case 'blocked':
      return { ...state, sent: undefined, block: event.block };
    case 'unblocked':
      return { ...state, block: undefined, failures: 0 };
    case 'conflict':
      return withRemoteChanges(state, event.theirs);
    case 'resolved':
      return withResolution(state, event.written);
    case 'restored':
      return state.discarded ? { ...state, current: state.discarded, discarded: state.current } : state;
    case 'continued-as-new':
      return { ...initialState(), current: { ...state.current, slug: '' } };
  }
}

/** The slug of a never published draft follows its title, until it is edited. */
function withSlug(state: State, written: PostFields): PostFields {
  const { current, post, saved } = state;
  const isSettled = !post || post.published_at !== null || written.slug !== current.slug;
  if (isSettled || written.title === current.title) return written;
  if (![current.title, saved.title].some((title) => isGeneratedSlug(current.slug, title))) return written;
  return { ...written, slug: slugify(written.title) || current.slug };
}

function withSaved(state: State, post: Post): State {
  const { current, sent } = state;
  const saved = fieldsFromPost(post);
  // Changes made meanwhile stay. So do title and body as typed: replacing them would move the cursor.
  const kept = changedFields(sent ?? state.saved, current);
  const own: Field[] = [...kept, 'title', 'body'];
  const shown = { ...saved, ...Object.fromEntries(own.map((field) => [field, current[field]])) };
  const known = sent ? { title: sent.title || saved.title, body: sent.body } : {};
  const left = Object.entries(state.rejected).filter(([field, { value }]) => value === current[field as Field]);
  for (const [field] of left) Object.assign(shown, { [field]: current[field as Field] });
  return {
    ...state, post, saved: { ...saved, ...known }, current: shown, sent: undefined, failures: 0, retryAfterS: undefined,
    block: undefined, rejected: Object.fromEntries(left),
  };
}

function withRejected(state: State, errors: Partial<Record<Field, string>>): State {
  const { sent, current } = state;
  // Only fields that were sent can be left out of the next request.
  const told = Object.entries(errors) as [Field, string][];
  const fields = sent ? told.filter(([field]) => !isRejected({ ...state, current: sent }, field)) : [];
  if (!sent || fields.length === 0) return { ...state, sent: undefined, block: 'rejected' };
  // A generated slug that is taken is generated again.
  if (errors.slug && isGeneratedSlug(sent.slug, sent.title) && !isFieldEqual(state.saved, sent, 'title')) {
    const slug = current.slug === sent.slug ? nextSlug(sent.slug) : current.slug;
    return { ...state, sent: undefined, current: { ...current, slug } };
  }
  const found = Object.fromEntries(fields.map(([field, message]) => [field, { value: sent[field], message }]));
  return { ...state, sent: undefined, rejected: { ...state.rejected, ...found } };
}

function withRemoteChanges(state: State, theirs: Post): State {
  const { saved, current } = state;
  const written = fieldsFromPost(theirs);
  if (conflictingFields(saved, current, written).length > 0) return { ...state, sent: undefined, block: undefined, theirs };
  const merged = changedFields(saved, current).length > 0 && changedFields(saved, written).length > 0;
  const together = rebaseFields(saved, current, written);
  return {
    ...state, post: theirs, saved: written, current: together, sent: undefined, block: undefined, failures: 0, merged,
  };
}

function withResolution(state: State, written: PostFields): State {
  if (!state.theirs) return state;
  const lost = changedFields(written, state.current).length > 0;
  return {
    ...state, post: state.theirs, saved: fieldsFromPost(state.theirs), current: written, theirs: undefined, failures: 0,
    discarded: lost ? state.current : undefined,
  };
}

/** Return the fields to send with the next request. */
export function unsavedFields(state: State): Field[] {
  const { post, saved, current } = state;
  const fields = changedFields(saved, current).filter((field) => !isRejected(state, field));
  if (post) return fields.filter((field) => field !== 'title' || current.title.trim());
  // A new post is created once it has a title or a body, and neither is rejected.
  const isBegun = current.title.trim() || current.body.trim();
  return isBegun && !isRejected(state, 'title') && !isRejected(state, 'body') ? fields : [];
}

/** Return whether the current value of this field was rejected. */
function isRejected({ rejected, current }: State, field: Field): boolean {
  const found = rejected[field];
  return found !== undefined && isFieldEqual({ ...current, [field]: found.value }, current, field);
}

/** Return whether anything exists only in this browser. */
export function isUnsaved(state: State): boolean {
  const { sent, theirs } = state;
  return sent !== undefined || theirs !== undefined || unsavedFields(state).length > 0 || rejectedFields(state).length > 0;
}

/** Return the fields that stay unsaved until they are changed. */
export function rejectedFields(state: State): Field[] {
  return FIELDS.filter((field) => isRejected(state, field));
}

/** Return whether changes are saved automatically: only where readers do not see them. */
export function isAutosaved({ post }: State): boolean {
  return post === undefined || post.status === 'draft' || post.status === 'scheduled';
}

export type Phase = 'new' | 'saved' | 'unsaved' | 'saving' | 'waiting' | 'conflict' | SaveBlock;

/** Return the state as one word, for display. */
export function phaseOf(state: State): Phase {
  if (state.theirs) return 'conflict';
  if (state.block) return state.block;
  if (state.sent) return 'saving';
  if (unsavedFields(state).length > 0) return state.failures > 0 ? 'waiting' : 'unsaved';
  return state.post ? 'saved' : 'new';
}

const LONGEST_WAIT_S = 60;

/** Return the retry delay: exponential backoff of 1 s, 2 s, 4 s ... 60 s, at least `Retry-After`. */
export function retryDelayS({ failures, retryAfterS = 0 }: State): number {
  return Math.max(retryAfterS, Math.min(2 ** (failures - 1), LONGEST_WAIT_S));
}
