import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { getMediaDetails, listMediaUses, type Media } from '@/client';
import { unwrap } from '@/api/unwrap';
import { KeepFresh } from '@/components/studio/keep-fresh';
import { ManagePage, SettingsSection } from '@/components/studio/table-page';
import { CodeBlock } from '@/components/ui/code-block';
import { Notice } from '@/components/ui/notice';
import { siteUrl } from '@/lib/base-urls';
import { isUuid } from '@/lib/uuid';
import { markdownImage } from '@/components/media/markdown-image';
import { messages } from '@/messages';
import { atLeast, requireRole, sessionClient } from '@/session/current';
import { Description } from './description';
import { DescriptionForm } from './description-form';
import { Facts } from './facts';
import { RemoveFile } from './remove-file';
import { ReplaceFile } from './replace-file';
import { Uses } from './uses';

const { one: words, title } = messages.media;
/** While a picture is prepared. */
const REFRESH_MS = 2_000;
/** As many as the API lists at a time. */
const MOST_USES = 100;

export const metadata: Metadata = { title };

/** A file: what it shows, what is written about it, and where it is used. */
export default async function MediaDetailsPage({ params }: { params: Promise<{ mediaId: string }> }) {
  const user = await requireRole('author');
  const { mediaId: media_id } = await params;
  if (!isUuid(media_id)) notFound();
  const client = await sessionClient();
  const [result, uses] = await Promise.all([
    getMediaDetails({ client, path: { media_id } }),
    listMediaUses({ client, path: { media_id }, query: { per_page: MOST_USES } }),
  ]);
  const media = unwrap('getMediaDetails', result);
  const isTheirs = media.uploader?.id !== user.id && !atLeast(user, 'editor');
  return (
    <ManagePage title={<span className="wrap-anywhere">{media.file_name}</span>} back={{ href: '/studio/media', name: title }}>
      <State media={media} />
      <SettingsSection title={words.details.title} lead={words.details.lead}>
        {isTheirs ? <Description media={media} /> : <DescriptionForm media={media} version={result.response?.headers.get('etag') ?? '*'} />}
      </SettingsSection>
      <SettingsSection title={words.uses.title}>
        <Uses uses={unwrap('listMediaUses', uses)} />
      </SettingsSection>
      <SettingsSection title={words.facts.title}>
        <Facts media={media} />
      </SettingsSection>
      <SettingsSection title={words.copy.title} lead={words.copy.lead}>
        <CodeBlock label={words.copy.address} text={siteUrl() + media.url} copyLabel={words.copy.copyAddress} wraps />
        <CodeBlock label={words.copy.markdown} text={markdownImage(media)} copyLabel={words.copy.copyMarkdown} wraps />
      </SettingsSection>
      {!isTheirs && (
        <>
          <SettingsSection title={words.replace.title} lead={words.replace.lead}>
            <ReplaceFile mediaId={media.id} />
          </SettingsSection>
          <SettingsSection title={words.remove.title} lead={words.remove.lead}>
            <RemoveFile media={media} />
          </SettingsSection>
        </>
      )}
      {media.state === 'processing' && <KeepFresh everyMs={REFRESH_MS} />}
    </ManagePage>
  );
}

function State({ media: { state, failure, kind } }: { media: Media }) {
  if (kind === 'document' || state === 'ready') return null;
  if (state === 'processing') return <Notice>{words.processing}</Notice>;
  return (
    <Notice tone="bad">
      {failure ?? words.failed} {words.failedNext}
    </Notice>
  );
}
