import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import type { Saving } from './saving';
import { phaseOf, type State } from './state';

/** What the author should know about the saving, with the way on. */
export function Notes({ saving, state }: { saving: Saving; state: State }) {
  const { editor } = messages.studio;
  const phase = phaseOf(state);
  return (
    <>
      {state.halt && !state.theirs && (
        <Notice tone="bad" className="flex flex-wrap items-center justify-between gap-3">
          <p className="max-w-prose">{editor.halts[state.halt].text}</p>
          {state.halt === 'logged-out' && (
            <Button asChild size="small" look="secondary">
              <a href="/login?next=/studio/posts" target="_blank" rel="noopener">{editor.halts['logged-out'].act}</a>
            </Button>
          )}
          {state.halt === 'gone' && <Button size="small" look="secondary" onClick={() => saving.detach()}>{editor.halts.gone.act}</Button>}
          {state.halt === 'refused' && <Button size="small" look="secondary" onClick={() => void saving.save()}>{editor.halts.refused.act}</Button>}
        </Notice>
      )}
      {phase === 'waiting' && (
        // Above the text it would push the line away that is being written.
        <div className="fixed start-1/2 bottom-6 z-20 w-max max-w-[92vw] -translate-x-1/2 rtl:translate-x-1/2">
          <Notice tone="warn" className="shadow-card flex items-center gap-4">
            {editor.waiting}
            <Button size="small" look="secondary" onClick={() => saving.retry()}>{editor.tryNow}</Button>
          </Notice>
        </div>
      )}
      {state.merged && <Notice tone="good">{editor.merged}</Notice>}
      {state.aside && !state.theirs && (
        <Notice className="flex flex-wrap items-center justify-between gap-3">
          {editor.aside}
          <Button size="small" look="secondary" onClick={() => saving.recall()}>{editor.recall}</Button>
        </Notice>
      )}
    </>
  );
}
