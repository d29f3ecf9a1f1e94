'use client';
import { Ellipsis } from 'lucide-react';
import Link from 'next/link';
import { DropdownMenu } from 'radix-ui';
import { useState, useTransition } from 'react';
import type { PostStatus } from '@/client';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { changePostStatus } from '../actions';

type StatusAction = Parameters<typeof changePostStatus>[0];
const item = 'data-highlighted:bg-sunken block w-full cursor-pointer rounded-md px-3 py-2 text-start text-sm outline-none';

type RowMenuProps = { id: string; title: string; slug: string; status: PostStatus };

/** Menu of a post in the list, with confirmation for status actions. */
export function RowMenu({ id, title, slug, status }: RowMenuProps) {
  const { posts, editor } = messages.studio;
  const [asking, setAsking] = useState<StatusAction>();
  const [wrong, setWrong] = useState<string>();
  const [isChanging, start] = useTransition();
  const ask = (action: StatusAction) => () => {
    setWrong(undefined);
    setAsking(action);
  };
  const changeStatus = (action: StatusAction) =>
    start(async () => {
      const found = await changePostStatus(action, id);
      setWrong(found);
      if (!found) setAsking(undefined);
    });
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
          {status !== 'draft' && (
            <>
              <DropdownMenu.Item asChild><Link href={`/posts/${slug}`} className={item}>{posts.view}</Link></DropdownMenu.Item>
              <DropdownMenu.Item onSelect={ask('unpublish')} className={item}>{posts.unpublish}</DropdownMenu.Item>
            </>
          )}
          {status === 'published' && <DropdownMenu.Item onSelect={ask('archive')} className={item}>{posts.archive}</DropdownMenu.Item>}
          <DropdownMenu.Item onSelect={ask('trash')} className={`${item} text-bad`}>{posts.trash}</DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      {asking && (
        <Dialog open onOpenChange={() => setAsking(undefined)} title={editor.confirm[asking].title} description={editor.confirm[asking].text}>
          <p className="font-serif text-lg">{title}</p>
          {wrong && <Notice tone="bad">{wrong}</Notice>}
          <div className="flex justify-end gap-2">
            <Button look="quiet" onClick={() => setAsking(undefined)}>{editor.cancel}</Button>
            <Button look={asking === 'trash' ? 'danger' : 'primary'} disabled={isChanging} onClick={() => changeStatus(asking)}>{editor.confirm[asking].act}</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
