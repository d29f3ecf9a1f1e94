import type { Media } from '@/client';
import { Button } from '@/components/ui/button';
import { count, exactTime, fileSize, messages } from '@/messages';

const { facts: words, open, download } = messages.media.one;

/** What is known of the file itself. */
export function Facts({ media }: { media: Media }) {
  const { file_name, media_type, kind, size_bytes, width, height, is_animated, created_at, uploader, url } = media;
  return (
    <>
      <dl className="grid w-full grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1 text-sm">
        <Fact name={words.name}>
          <span className="break-all">{file_name}</span>
        </Fact>
        <Fact name={words.type}>{media_type}</Fact>
        <Fact name={words.size}>{fileSize(size_bytes)}</Fact>
        {width && height && <Fact name={words.dimensions}>{words.pixels(count(width), count(height))}</Fact>}
        {is_animated && <Fact name={words.animated}>{words.yes}</Fact>}
        <Fact name={words.uploaded}>
          <time dateTime={created_at}>{exactTime(created_at)}</time>
        </Fact>
        <Fact name={words.by}>{uploader?.display_name ?? words.nobody}</Fact>
      </dl>
      <Button asChild look="secondary" size="small">
        <a href={url} {...(kind === 'image' ? { target: '_blank' } : { download: file_name })}>
          {kind === 'image' ? open : download}
        </a>
      </Button>
    </>
  );
}

/** A term and what it is of this file. */
export function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
