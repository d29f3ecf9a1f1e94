import { Ellipsis } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Notice } from '@/components/ui/notice';
import { PassingNotice } from '@/components/ui/passing-notice';
import { messages } from '@/messages';
import type { AutosaveStore, Outcome, StatusAction } from './autosave';
import { isAutosaved, type State } from './state';

const item = 'data-highlighted:bg-sunken block w-full cursor-pointer rounded-md px-3 py-2 text-start text-sm outline-none data-disabled:opacity-50';

/** Publish, unpublish, archive and trash, with confirmation, for the version that is shown here. */
export function PublishMenu({ store, state }: { store: AutosaveStore; state: State }) {
  const { editor, statusActions } = messages.studio;
  const router = useRouter();
  const [asking, setAsking] = useState<StatusAction>();
  const [isChanging, setChanging] = useState(false);
  const [told, setTold] = useState<{ tone: 'good' | 'warn' | 'bad'; text: string }>();
  const { post } = state;
  const ask = (action: StatusAction) => () => {
    setTold(undefined);
    setAsking(action);
  };
  async function changeStatus(action: StatusAction) {
    setChanging(true);
    const outcome = await store.changeStatus(action);
    setChanging(false);
    setAsking(undefined);
    if (action === 'trash' && outcome === 'done') router.push('/studio/posts');
    else setTold({ tone: outcome === 'done' ? 'good' : outcome === 'conflict' ? 'warn' : 'bad', text: wordsFor(action, outcome) });
  }
  /** The preview page shows what is saved. */
  async function preview(id: string) {
    if (isAutosaved(state)) await store.save();
    router.push(`/studio/posts/${id}/preview`);
  }
  return (
    <>
      {post?.status !== 'published' && (
        <Button size="small" look={post?.status === 'archived' ? 'secondary' : 'primary'} disabled={!post || state.theirs !== undefined || isChanging} onClick={ask('publish')}>
          {post?.status === 'archived' ? editor.republish : editor.publish}
        </Button>
      )}
      {post && (
        <DropdownMenu.Root modal={false}>
          <DropdownMenu.Trigger asChild>
            <Button look="quiet" size="icon" aria-label={editor.more}>
              <Ellipsis aria-hidden className="size-4" />
            </Button>
          </DropdownMenu.Trigger>
          <DropdownMenu.Content align="end" className="bg-surface border-line shadow-card rounded-card z-20 min-w-52 border p-1">
            <DropdownMenu.Item onSelect={() => void preview(post.id)} className={item}>{editor.seePreview}</DropdownMenu.Item>
            {post.status !== 'draft' && (
              <>
                <DropdownMenu.Item asChild><Link href={`/posts/${post.slug}`} className={item}>{editor.seeSite}</Link></DropdownMenu.Item>
                <DropdownMenu.Item onSelect={ask('unpublish')} className={item}>{editor.unpublish}</DropdownMenu.Item>
              </>
            )}
            {post.status === 'published' && <DropdownMenu.Item onSelect={ask('archive')} className={item}>{editor.archive}</DropdownMenu.Item>}
            <DropdownMenu.Item onSelect={ask('trash')} className={`${item} text-bad`}>{editor.trash}</DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Root>
      )}
      {asking && post && (
        <Dialog open onOpenChange={() => setAsking(undefined)} title={editor.confirm[asking].title} description={editor.confirm[asking].text}>
          {asking === 'publish' && <p className="bg-sunken rounded-lg px-3 py-2 font-mono text-sm break-all">{addressOf(state.current.slug)}</p>}
          <div className="flex justify-end gap-2">
            <Button look="quiet" onClick={() => setAsking(undefined)}>{editor.cancel}</Button>
            <Button look={asking === 'trash' ? 'danger' : 'primary'} disabled={isChanging} onClick={() => void changeStatus(asking)}>{editor.confirm[asking].act}</Button>
          </div>
        </Dialog>
      )}
      {told?.tone === 'good' && (
        <PassingNotice>
          <span>{told.text}</span>
          {post && post.status !== 'draft' && (
            <Link href={`/posts/${post.slug}`} className="font-medium underline underline-offset-4">{editor.seeSite}</Link>
          )}
        </PassingNotice>
      )}
      {told && told.tone !== 'good' && (
        <div className="fixed start-1/2 bottom-[calc(1.5rem+var(--bottom-bar))] z-30 w-max max-w-[92vw] -translate-x-1/2 rtl:translate-x-1/2">
          <Notice tone={told.tone} className="shadow-card flex items-center gap-4">
            <span>{told.text}</span>
            <button type="button" onClick={() => setTold(undefined)} className="font-medium">{messages.studio.statusActions.close}</button>
          </Notice>
        </div>
      )}
    </>
  );

  function wordsFor(action: StatusAction, outcome: Outcome): string {
    if (outcome === 'done') return statusActions.done[action];
    return typeof outcome === 'string' ? statusActions[outcome] : (statusActions.codes[outcome.code] ?? statusActions.failed);
  }
}

const addressOf = (slug: string) => `${window.location.origin}/posts/${slug}`;
