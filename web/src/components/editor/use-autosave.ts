'use client';
/** React hooks around the autosave store: local draft, warning before leaving, retries when the tab is back. */
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Post } from '@/client';
import { messages } from '@/messages';
import { AutosaveStore } from './autosave';
import { LocalDraft, recoverLocalDraft } from './local-draft';
import { isUnsaved, type State } from './state';

/** Return the autosave store of a post, once it is known whether there is a local draft to recover. */
export function useAutosave(post: Post | undefined, account: number) {
  const [opened, setOpened] = useState<{ store: AutosaveStore; restoredAt?: string }>();
  const [first] = useState(() => ({ post, account }));
  useEffect(() => {
    let isMounted = true;
    void recoverLocalDraft(first.account, first.post?.id ?? 'new')
      .catch(() => undefined)
      .then((copy) => {
        const store = new AutosaveStore({ post: first.post, copy, untitled: messages.studio.editor.untitled });
        const restored = copy && isUnsaved(store.snapshot());
        if (isMounted) setOpened({ store, restoredAt: restored ? copy.at : undefined });
        else if (restored) new LocalDraft(first.account, first.post?.id ?? 'new').keep(copy);
      });
    return () => void (isMounted = false);
  }, [first]);
  return opened;
}

/** Return the state of the store, and keep the local draft, the URL and the warning before leaving up to date. */
export function useAutosaveState(store: AutosaveStore, account: number): State {
  const state = useSyncExternalStore(store.subscribe, store.snapshot, store.snapshot);
  const id = state.post?.id ?? 'new';
  useLocalDraft(state, account, id);
  const unsaved = isUnsaved(state);
  useEffect(() => {
    if (!unsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [unsaved]);
  useEffect(() => {
    const retry = () => store.retry();
    window.addEventListener('online', retry);
    window.addEventListener('focus', retry);
    return () => {
      window.removeEventListener('online', retry);
      window.removeEventListener('focus', retry);
    };
  }, [store]);
  // A new post gets its URL with the first save; replaceState keeps the page and the focus.
  useEffect(() => {
    const address = `/studio/posts/${id}`;
    if (window.location.pathname.startsWith('/studio/posts/') && window.location.pathname !== address) {
      window.history.replaceState(null, '', address);
    }
  }, [id]);
  return state;
}

function useLocalDraft(state: State, account: number, id: string): void {
  const copy = useRef<LocalDraft>(null);
  useEffect(() => {
    const mine = new LocalDraft(account, id);
    // A new post has got its id: its local draft moves to the key with the id.
    copy.current?.forget();
    copy.current = mine;
    return () => mine.leave();
  }, [account, id]);
  useEffect(() => {
    if (isUnsaved(state)) copy.current?.keep({ base: state.saved, written: state.current });
    else copy.current?.forget();
  }, [state]);
}

