import { Ellipsis } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { DropdownMenu } from 'radix-ui';
import { Button } from '@/components/ui/button';
import { messages } from '@/messages';
import type { AutosaveStore } from './autosave';
import { isAutosaved, type State } from './state';
import type { StatusChange } from './use-status-change';

const item = 'data-highlighted:bg-sunken block w-full cursor-pointer rounded-md px-3 py-2 text-start text-sm outline-none data-disabled:opacity-50';

type PublishMenuProps = { store: AutosaveStore; state: State; change: StatusChange; canBackdate: boolean };

/** The button that publishes, and the menu with what else can be done with the post. */
export function PublishMenu({ store, state, change, canBackdate }: PublishMenuProps) {
  const { editor } = messages.studio;
  const { changeDate } = messages.schedule;
  const router = useRouter();
  const { post } = state;
  const isPublic = post?.status === 'published' || post?.status === 'archived';
  /** The preview page shows what is saved. */
  async function preview(id: string) {
    if (isAutosaved(state)) await store.save();
    router.push(`/studio/posts/${id}/preview`);
  }
  return (
    <>
      {post?.status !== 'published' && post?.status !== 'scheduled' && (
        <Button size="small" look={post?.status === 'archived' ? 'secondary' : 'primary'} disabled={!post || state.theirs !== undefined || change.isChanging} onClick={() => change.ask('publish')}>
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
            {isPublic && (
              <>
                <DropdownMenu.Item asChild><Link href={`/posts/${post.slug}`} className={item}>{editor.seeSite}</Link></DropdownMenu.Item>
                {post.status === 'published' && canBackdate && <DropdownMenu.Item onSelect={() => change.ask('redate')} className={item}>{changeDate}</DropdownMenu.Item>}
                <DropdownMenu.Item onSelect={() => change.ask('unpublish')} className={item}>{editor.unpublish}</DropdownMenu.Item>
              </>
            )}
            {post.status === 'published' && <DropdownMenu.Item onSelect={() => change.ask('archive')} className={item}>{editor.archive}</DropdownMenu.Item>}
            <DropdownMenu.Item onSelect={() => change.ask('trash')} className={`${item} text-bad`}>{editor.trash}</DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Root>
      )}
    </>
  );
}
