'use client';
import { Ellipsis } from 'lucide-react';
import Link from 'next/link';
import { DropdownMenu } from 'radix-ui';
import { useState, useTransition } from 'react';
import type { PostSummary } from '@/client';
import type { When } from '@/components/schedule-choice';
import { ScheduleDialog } from '@/components/schedule-dialog';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { changePostStatus, changeSchedule } from '../actions';

type StatusAction = Parameters<typeof changePostStatus>[0];
const item = 'data-highlighted:bg-sunken block w-full cursor-pointer rounded-md px-3 py-2 text-start text-sm outline-none';

type RowMenuProps = { post: Pick<PostSummary, 'id' | 'title' | 'slug' | 'status' | 'scheduled_at'>; canBackdate: boolean };

/** Menu of a post in the list, with confirmation for status actions. */
export function RowMenu({ post, canBackdate }: RowMenuProps) {
  const { id, title, slug, status, scheduled_at } = post;
  const { posts } = messages.studio;
  const { reschedule, unschedule, publishNow, dialog } = messages.schedule;
  const [asking, setAsking] = useState<StatusAction>();
  const [choosing, setChoosing] = useState<When>();
  const choices: When[] = ['now', 'later', ...(canBackdate ? (['backdate'] as const) : [])];
  const isPublic = status === 'published' || status === 'archived';
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <Button look="quiet" size="icon" aria-label={posts.menu(title)}>
            <Ellipsis aria-hidden className="size-4" />
          </Button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Content align="end" className="bg-surface border-line shadow-card rounded-card z-20 min-w-48 border p-1">
          <DropdownMenu.Item asChild><Link href={`/studio/posts/${id}`} className={item}>{posts.edit}</Link></DropdownMenu.Item>
          <DropdownMenu.Item asChild><Link href={`/studio/posts/${id}/preview`} className={item}>{posts.preview}</Link></DropdownMenu.Item>
          {status === 'scheduled' && (
            <>
              <DropdownMenu.Item onSelect={() => setChoosing('later')} className={item}>{reschedule}</DropdownMenu.Item>
              <DropdownMenu.Item onSelect={() => setAsking('unschedule')} className={item}>{unschedule}</DropdownMenu.Item>
              <DropdownMenu.Item onSelect={() => setChoosing('now')} className={item}>{publishNow}</DropdownMenu.Item>
            </>
          )}
          {isPublic && (
            <>
              <DropdownMenu.Item asChild><Link href={`/posts/${slug}`} className={item}>{posts.view}</Link></DropdownMenu.Item>
              <DropdownMenu.Item onSelect={() => setAsking('unpublish')} className={item}>{posts.unpublish}</DropdownMenu.Item>
            </>
          )}
          {status === 'published' && <DropdownMenu.Item onSelect={() => setAsking('archive')} className={item}>{posts.archive}</DropdownMenu.Item>}
          <DropdownMenu.Item onSelect={() => setAsking('trash')} className={`${item} text-bad`}>{posts.trash}</DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      {asking && <Confirmation id={id} title={title} action={asking} onClose={() => setAsking(undefined)} />}
      {choosing && (
        <ScheduleDialog
          title={choosing === 'later' ? dialog.titles.reschedule : dialog.titles.publish}
          about={title}
          choices={choices}
          chosen={choosing}
          at={scheduled_at ?? undefined}
          onChoose={async (when, instant) => {
            const refusal = await changeSchedule(id, when, instant);
            if (!refusal) setChoosing(undefined);
            return refusal;
          }}
          onClose={() => setChoosing(undefined)}
        />
      )}
    </>
  );
}

type ConfirmationProps = { id: string; title: string; action: StatusAction; onClose: () => void };

function Confirmation({ id, title, action, onClose }: ConfirmationProps) {
  const { editor } = messages.studio;
  const [wrong, setWrong] = useState<string>();
  const [isChanging, start] = useTransition();
  const change = () =>
    start(async () => {
      const found = await changePostStatus(action, id);
      setWrong(found);
      if (!found) onClose();
    });
  return (
    <Dialog open onOpenChange={onClose} title={editor.confirm[action].title} description={editor.confirm[action].text}>
      <p className="font-serif text-lg">{title}</p>
      {wrong && <Notice tone="bad">{wrong}</Notice>}
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={onClose}>{editor.cancel}</Button>
        <Button look={action === 'trash' ? 'danger' : 'primary'} disabled={isChanging} onClick={change}>{editor.confirm[action].act}</Button>
      </div>
    </Dialog>
  );
}
