import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { getTag } from '@/client';
import { unwrap } from '@/api/unwrap';
import { Confirm } from '@/components/studio/table-confirm';
import { ManagePage, SettingsSection } from '@/components/studio/table-page';
import { searchParam, type Query } from '@/components/studio/table-params';
import { TagName } from '@/components/tag-name';
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
  const tag = unwrap('getTag', result);
  const version = result.response?.headers.get('etag') ?? '*';
  const carried = plural(tag.post_count, counted.published);
  const { remove } = words;
  return (
    <ManagePage
      title={<TagName name={tag.name} />}
      back={{ href: '/studio/tags', name: words.title }}
      done={searchParam(await searchParams, 'done') === 'merged' ? words.merge.done : undefined}
      lead={
        <>
          {tag.post_count > 0 ? words.usedBy(carried) : words.unused}{' '}
          {tag.post_count > 0 && (
            <Link href={`/tags/${tag.slug}`} prefetch={false} className="underline underline-offset-4">
              {words.seeSite}
            </Link>
          )}
        </>
      }
    >
      <SettingsSection title={words.rename.title} lead={words.rename.lead}>
        <RenameTag tag={tag} version={version} />
      </SettingsSection>
      <SettingsSection title={words.merge.title} lead={words.merge.lead}>
        <MergeTag tag={tag} />
      </SettingsSection>
      <SettingsSection title={remove.title} lead={remove.lead}>
        <Confirm
          open={remove.open}
          title={remove.ask(tag.name)}
          text={tag.post_count > 0 ? remove.text(carried) : remove.unused}
          fields={{ tag_id: String(tag.id), version }}
          action={removeTag}
          submit={remove.submit}
        />
      </SettingsSection>
    </ManagePage>
  );
}
