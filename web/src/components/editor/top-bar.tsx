import { ArrowLeft } from 'lucide-react';
import Link from 'next/link';
import { Status } from '@/components/studio/status';
import { Button } from '@/components/ui/button';
import { messages } from '@/messages';
import type { AutosaveStore } from './autosave';
import { PublishMenu } from './publish-menu';
import { SaveStatus } from './save-status';
import { Scheduled } from './scheduled';
import { isAutosaved, unsavedFields, type State } from './state';
import { StatusQuestions } from './status-questions';
import { useStatusChange } from './use-status-change';

/** Sticky header of the editor: back link, status, save state and actions. */
export function TopBar({ store, state, canBackdate }: { store: AutosaveStore; state: State; canBackdate: boolean }) {
  const { editor } = messages.studio;
  const change = useStatusChange(store);
  return (
    <header className="bg-paper border-line sticky top-0 z-10 border-b print:hidden">
      <div className="flex min-h-14 items-center gap-x-3 px-5 py-2 md:px-10">
        <Link href="/studio/posts" prefetch={false} className="text-ink-soft hover:text-ink -ms-1 flex items-center gap-1.5 p-1 text-sm">
          <ArrowLeft aria-hidden className="size-4 rtl:-scale-x-100" />
          <span className="max-sm:sr-only">{editor.back}</span>
        </Link>
        {state.post && <span className="flex max-sm:hidden"><Status status={state.post.status} /></span>}
        <SaveStatus state={state} />
        <div className="ms-auto flex items-center gap-2">
          {state.post && !isAutosaved(state) && (
            <Button size="small" disabled={unsavedFields(state).length === 0 || state.sent !== undefined || state.theirs !== undefined} onClick={() => void store.save()}>
              {editor.update}
            </Button>
          )}
          <PublishMenu store={store} state={state} change={change} canBackdate={canBackdate} />
        </div>
      </div>
      <Scheduled store={store} state={state} change={change} />
      <StatusQuestions state={state} change={change} canBackdate={canBackdate} />
    </header>
  );
}
