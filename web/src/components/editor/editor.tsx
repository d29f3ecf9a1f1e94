'use client';
import { useRef, useState } from 'react';
import type { Post } from '@/client';
import { Notice } from '@/components/ui/notice';
import { cn } from '@/lib/classes';
import { messages, shortDate } from '@/messages';
import type { AutosaveStore } from './autosave';
import { Conflict } from './conflict';
import { SaveNotices } from './save-notices';
import { Settings } from './settings';
import { TitleField } from './title-field';
import { TopBar } from './top-bar';
import { useAutosave, useAutosaveState } from './use-autosave';
import { Views } from './views';

type EditorProps = {
  /** The post to edit; none for a new one. */
  post?: Post;
  account: number;
  /** Whether the user can choose a date in the past. */
  canBackdate: boolean;
};

/** Editor of a post. */
export function Editor({ post, account, canBackdate }: EditorProps) {
  const opened = useAutosave(post, account);
  if (!opened) {
    return (
      <main id="main" aria-busy className="mx-auto w-full max-w-3xl px-5 py-16 md:px-10">
        <p role="status" className="text-ink-faint">{messages.studio.editor.loading}</p>
      </main>
    );
  }
  return <Desk store={opened.store} restoredAt={opened.restoredAt} account={account} canBackdate={canBackdate} />;
}

type DeskProps = { store: AutosaveStore; restoredAt?: string; account: number; canBackdate: boolean };

function Desk({ store, restoredAt, account, canBackdate }: DeskProps) {
  const state = useAutosaveState(store, account);
  const { editor } = messages.studio;
  const text = useRef<HTMLDivElement>(null);
  const [isWide, setWide] = useState(false);
  // Enter in the title may come before the rich editor has loaded: it gets the focus then.
  const [isAwaited, setAwaited] = useState(false);
  function goOn() {
    const there = text.current?.querySelector<HTMLElement>('[data-text]');
    if (there) there.focus();
    else setAwaited(true);
  }
  function save(event: React.KeyboardEvent) {
    if (!(event.metaKey || event.ctrlKey) || event.altKey || event.key.toLowerCase() !== 's') return;
    event.preventDefault();
    void store.save();
  }
  return (
    <main id="main" onKeyDown={save} className="min-w-0">
      <h1 className="sr-only">{state.current.title || editor.newTitle}</h1>
      <TopBar store={store} state={state} canBackdate={canBackdate} />
      <div
        className={cn(
          'mx-auto grid max-w-[76rem] grid-cols-[minmax(0,1fr)] gap-x-12 gap-y-10 px-5 py-8 md:px-10',
          isWide ? 'max-w-[96rem]' : !state.theirs && 'xl:grid-cols-[minmax(0,1fr)_20rem]',
        )}
      >
        <div className={cn('mx-auto grid w-full max-w-3xl grid-cols-[minmax(0,1fr)] content-start gap-5', (isWide || state.theirs) && 'max-w-none')}>
          {restoredAt && <Notice tone="warn">{editor.restored(shortDate(restoredAt))}</Notice>}
          {state.post?.publication_failure && <Notice tone="warn">{messages.schedule.failures[state.post.publication_failure]}</Notice>}
          <SaveNotices store={store} state={state} />
          {state.theirs ? (
            <Conflict store={store} state={state} theirs={state.theirs} />
          ) : (
            <>
              <div onBlur={() => setAwaited(false)}>
                <TitleField state={state} onChange={(title) => store.edit({ title })} onDone={goOn} />
              </div>
              <div ref={text}>
                <Views store={store} state={state} autoFocus={isAwaited} isWide={isWide} onWide={setWide} />
              </div>
            </>
          )}
        </div>
        {!state.theirs && <Settings store={store} state={state} />}
      </div>
    </main>
  );
}
