/** How do an author's changes reach the service? One call at a time, and again until they have. */
import { archivePost, createPost, deletePost, getPost, publishPost, unpublishPost, updatePost } from '@/browser-client';
import { client as browserClient } from '@/browser-client/client.gen';
import type { Client } from '@/browser-client/client';
import type { InputError, Post } from '@/client';
import { failureOf, fieldErrors, problemOf, retryAfterSeconds, type AnyProblem, type Result } from '@/lib/problems';
import { begun, isUnsaved, next, pending, savesItself, waitS, type Event, type State } from './state';
import { changesOf, FIELDS, type Field, type Written } from './written';

/** How long nothing may be typed before a draft is saved. */
export const PAUSE_MS = 1500;

/** How many calls one saving may take: what is refused for one field goes again without it. */
const MOST_CALLS = 6;

export type Verb = 'publish' | 'unpublish' | 'archive' | 'trash';
/** How a change of state ended; `unsaved`: the text had to be saved first, and could not be. */
export type Outcome = 'done' | 'unsaved' | 'overtaken' | 'unreachable' | AnyProblem;

const OPERATIONS = { publish: publishPost, unpublish: unpublishPost, archive: archivePost };

export type Options = {
  post?: Post;
  copy?: { base: Written; written: Written };
  /** The title of a post that was begun with its text. */
  untitled: string;
  client?: Client;
};

export class Saving {
  #state: State;
  #listeners = new Set<() => void>();
  #timer?: ReturnType<typeof setTimeout>;
  #flight?: Promise<void>;
  readonly #client: Client;
  readonly #untitled: string;

  constructor({ post, copy, untitled, client = browserClient }: Options) {
    this.#state = begun(post, copy);
    this.#client = client;
    this.#untitled = untitled;
  }

  readonly snapshot = (): State => this.#state;

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    this.#plan();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#leave();
    };
  };

  /** Take what was typed; a draft is saved once nothing has been typed for a while. */
  edit(changes: Partial<Written>): void {
    if (!this.#state.theirs) this.#happened({ type: 'edited', changes });
  }

  /** Save now. Return whether the service has everything then. */
  async save(): Promise<boolean> {
    while (this.#flight) await this.#flight;
    if (this.#state.halt === 'logged-out' || this.#state.halt === 'refused') this.#happened({ type: 'released' });
    const wasPublic = !savesItself(this.#state);
    // What was typed while a call was on its way goes with the next one.
    for (let calls = 0; calls < MOST_CALLS && this.#canSave(); calls += 1) {
      await this.#fly();
      // Somebody else published the draft meanwhile: what its readers see is for its author to say.
      if (this.#state.failures > 0 || (!wasPublic && !savesItself(this.#state))) break;
    }
    return !isUnsaved(this.#state);
  }

  /** Try again at once, where trying again is all that is missing. */
  retry(): void {
    const { failures, halt } = this.#state;
    if (failures > 0 || halt === 'logged-out') void this.save();
  }

  /** End a conflict with this text, and save it. */
  async resolve(written: Written): Promise<void> {
    this.#happened({ type: 'resolved', written });
    await this.save();
  }

  /** Bring back what was given up in a conflict. */
  recall(): void {
    this.#happened({ type: 'recalled' });
  }

  /** Go on as a new post: the one that this was is gone. */
  detach(): void {
    this.#happened({ type: 'detached' });
  }

  /**
   * Publish the post as it stands here, all of it; or take it back. A draft is saved first in any case, and what
   * readers have is never changed in passing.
   */
  async move(verb: Verb): Promise<Outcome> {
    const before = this.#state;
    if (verb === 'publish' || savesItself(this.#state)) {
      const saved = await this.save();
      if (this.#isOvertakenSince(before)) return 'overtaken';
      if (!saved && verb === 'publish') return 'unsaved';
    }
    const { post } = this.#state;
    if (!post) return 'unsaved';
    const call = { client: this.#client, path: { post_id: post.id }, headers: { 'If-Match': post.etag } };
    const result: Result = await (verb === 'trash' ? deletePost(call) : OPERATIONS[verb](call));
    if (failureOf(result) === undefined) {
      if (verb !== 'trash') this.#happened({ type: 'answered', post: result.data as Post });
      return 'done';
    }
    const problem = problemOf(result);
    // The answer shows what state it is in by now, which may be the one that was wanted.
    if (problem?.status === 412 || problem?.status === 409) await this.#load();
    if (problem?.status === 412) return 'overtaken';
    return (problem as AnyProblem | undefined) ?? 'unreachable';
  }

  /** Tell whether there is by now something of somebody else's in the post that its author cannot have seen. */
  #isOvertakenSince({ post, merged }: State): boolean {
    const now = this.#state;
    const isMoved = post !== undefined && now.post?.status !== post.status;
    return now.theirs !== undefined || (now.merged && !merged) || isMoved;
  }

  /** Nobody looks any more: send off what waits; its answer may come when it will. */
  #leave(): void {
    clearTimeout(this.#timer);
    if (savesItself(this.#state) && this.#canSave()) void this.save();
  }

  #happened(event: Event): void {
    this.#state = next(this.#state, event);
    this.#listeners.forEach((listener) => listener());
    this.#plan();
  }

  #canSave(): boolean {
    const { theirs, halt, sent } = this.#state;
    return !theirs && !halt && !sent && pending(this.#state).length > 0;
  }

  #plan(): void {
    clearTimeout(this.#timer);
    if (!this.#canSave() || this.#listeners.size === 0) return;
    if (this.#state.failures > 0) this.#timer = setTimeout(() => void this.save(), waitS(this.#state) * 1000);
    else if (savesItself(this.#state)) this.#timer = setTimeout(() => void this.save(), PAUSE_MS);
  }

  #fly(): Promise<void> {
    this.#flight = this.#send().finally(() => (this.#flight = undefined));
    return this.#flight;
  }

  async #send(): Promise<void> {
    const { post, current } = this.#state;
    const changes = changesOf(pending(this.#state), current);
    this.#happened({ type: 'sent' });
    const result: Result = post
      ? await updatePost({
          client: this.#client, path: { post_id: post.id }, headers: { 'If-Match': post.etag }, body: changes,
        })
      : await createPost({
          client: this.#client,
          body: { ...changes, title: current.title.trim() ? current.title : this.#untitled, body: current.body },
        });
    const failure = failureOf(result);
    if (failure === undefined) return this.#happened({ type: 'answered', post: result.data as Post });
    if (failure === 412) return this.#load();
    this.#happened(refusal(failure, result));
  }

  /** Read the post anew: somebody else changed it. */
  async #load(): Promise<void> {
    const post_id = this.#state.post?.id ?? '';
    const result = await getPost({ client: this.#client, path: { post_id } });
    const failure = failureOf(result);
    if (failure === undefined) this.#happened({ type: 'overtaken', theirs: result.data as Post });
    else this.#happened(refusal(failure, result));
  }
}

/** Return what a refusal means for the author's text. */
function refusal(failure: NonNullable<ReturnType<typeof failureOf>>, result: Result): Event {
  const problem = problemOf(result);
  if (failure === 401) return { type: 'halted', halt: 'logged-out' };
  if (failure === 403) return { type: 'halted', halt: 'forbidden' };
  if (failure === 404) return { type: 'halted', halt: 'gone' };
  if (problem?.code === 'SLUG_TAKEN') return { type: 'refused', errors: { slug: problem.detail } };
  if (problem && failure === 400) {
    return { type: 'refused', errors: byField(fieldErrors(problem as { errors?: InputError[] })) };
  }
  // Only the text can be as long as that.
  if (failure === 413) return { type: 'refused', errors: { body: problem?.detail ?? '' } };
  if (failure === 'contract' || (typeof failure === 'number' && failure < 500 && failure !== 429)) {
    return { type: 'halted', halt: 'refused' };
  }
  return { type: 'failed', retryAfterS: retryAfterSeconds(result) };
}

/** `tags.0` concerns `tags`. */
function byField(errors: Record<string, string>): Partial<Record<Field, string>> {
  const known = Object.entries(errors).map(([name, message]) => [name.split('.')[0], message] as const);
  return Object.fromEntries(known.filter(([name]) => FIELDS.includes(name as Field)));
}

