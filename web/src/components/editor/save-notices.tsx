import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import type { AutosaveStore } from './autosave';
import { phaseOf, type State } from './state';

/** Notices about saving: blocked, waiting, merged, discarded. */
export function SaveNotices({ store, state }: { store: AutosaveStore; state: State }) {
  const { editor } = messages.studio;
  const phase = phaseOf(state);
  return (
    <>
      {state.block && !state.theirs && (
        <Notice tone="bad" className="flex flex-wrap items-center justify-between gap-3">
          <p className="max-w-prose">{editor.blocked[state.block].text}</p>
          {state.block === 'logged-out' && (
            <Button asChild size="small" look="secondary">
              <a href="/login?next=/studio/posts" target="_blank" rel="noopener">{editor.blocked['logged-out'].act}</a>
            </Button>
          )}
          {state.block === 'gone' && <Button size="small" look="secondary" onClick={() => store.continueAsNewPost()}>{editor.blocked.gone.act}</Button>}
          {state.block === 'rejected' && <Button size="small" look="secondary" onClick={() => void store.save()}>{editor.blocked.rejected.act}</Button>}
        </Notice>
      )}
      {phase === 'waiting' && (
        // Fixed at the bottom: above the text it would move the line that is being typed.
        <div className="fixed start-1/2 bottom-[calc(1.5rem+var(--bottom-bar))] z-20 w-max max-w-[92vw] -translate-x-1/2 rtl:translate-x-1/2">
          <Notice tone="warn" className="shadow-card flex items-center gap-4">
            {editor.waiting}
            <Button size="small" look="secondary" onClick={() => store.retry()}>{editor.tryNow}</Button>
          </Notice>
        </div>
      )}
      {state.merged && <Notice tone="good">{editor.merged}</Notice>}
      {state.discarded && !state.theirs && (
        <Notice className="flex flex-wrap items-center justify-between gap-3">
          {editor.discarded}
          <Button size="small" look="secondary" onClick={() => store.restoreDiscarded()}>{editor.restoreDiscarded}</Button>
        </Notice>
      )}
    </>
  );
}
