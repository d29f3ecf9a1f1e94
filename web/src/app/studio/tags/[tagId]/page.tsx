import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { getTag } from '@/client';
import { answered } from '@/api/answered';
import { Confirm } from '@/components/studio/table-confirm';
import { ManagePage, Matter } from '@/components/studio/table-page';
import { textIn, type Query } from '@/components/studio/table-params';
import { messages, plural } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { removeTag } from '../actions';
import { MergeTag } from './merge-tag';
import { RenameTag } from './rename-tag';

const { tags: words, counted } = messages.manage;

export const metadata: Metadata = { title: words.title };

type TagPageProps = { params: Promise<{ tagId: string }>; searchParams: Promise<Query> };

export default async function TagPage({ params, searchParams }: TagPageProps) {
  await requireRole('editor');
  const tag_id = Number((await params).tagId);
  if (!Number.isSafeInteger(tag_id) || tag_id < 1) notFound();
  const result = await getTag({ client: await sessionClient(), path: { tag_id } });
  const tag = answered('getTag', result);
  const version = result.response?.headers.get('etag') ?? '*';
  const carried = plural(tag.post_count, counted.published);
  const { remove } = words;
  return (
    <ManagePage
      title={tag.name}
      back={{ href: '/studio/tags', name: words.title }}
      done={textIn(await searchParams, 'done') === 'merged' ? words.merge.done : undefined}
      lead={
        <>
          {tag.post_count > 0 ? words.carried(carried) : words.unused}{' '}
          {tag.post_count > 0 && (
            <Link href={`/tags/${tag.slug}`} prefetch={false} className="underline underline-offset-4">
              {words.seeSite}
            </Link>
          )}
        </>
      }
    >
      <Matter title={words.rename.title} lead={words.rename.lead}>
        <RenameTag tag={tag} version={version} />
      </Matter>
      <Matter title={words.merge.title} lead={words.merge.lead}>
        <MergeTag tag={tag} />
      </Matter>
      <Matter title={remove.title} lead={remove.lead}>
        <Confirm
          open={remove.open}
          title={remove.ask(tag.name)}
          text={tag.post_count > 0 ? remove.text(carried) : remove.unused}
          fields={{ tag_id: String(tag.id), version }}
          action={removeTag}
          submit={remove.submit}
        />
      </Matter>
    </ManagePage>
  );
}
