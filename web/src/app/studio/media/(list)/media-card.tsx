'use client';
import Link from 'next/link';
import type { Media } from '@/client';
import { Thumbnail } from '@/components/media/thumbnail';
import { Badge } from '@/components/ui/badge';
import { count, fileSize, messages } from '@/messages';

const { grid: words } = messages.media;
const SIZES = '(min-width: 64rem) 15rem, (min-width: 40rem) 30vw, 45vw';

type CardProps = { media: Media; isSelected: boolean; onToggle: () => void };

/** A file in the grid: a link to its details, and a box that selects it. */
export function MediaCard({ media, isSelected, onToggle }: CardProps) {
  const { id, file_name, kind, width, height, size_bytes, uses_count, alt_text } = media;
  return (
    <li className="relative min-w-0">
      <Link
        href={`/studio/media/${id}`}
        prefetch={false}
        data-selected={isSelected || undefined}
        className="data-selected:outline-accent grid gap-2 rounded-lg data-selected:outline-2 data-selected:outline-offset-4"
      >
        <Thumbnail media={media} sizes={SIZES} />
        <span className="grid gap-1">
          <span className="truncate text-sm font-medium">{file_name}</span>
          <span className="text-ink-faint text-xs">
            {width && height ? `${words.size(count(width), count(height))} · ` : ''}
            {fileSize(size_bytes)}
          </span>
          <span className="flex min-h-5 flex-wrap gap-1">
            {uses_count === 0 && <Badge>{words.unused}</Badge>}
            {kind === 'image' && alt_text === '' && <Badge tone="warn">{words.noAlt}</Badge>}
          </span>
        </span>
      </Link>
      {/* As large as a finger, and above the link. */}
      <label className="absolute start-0 top-0 grid size-11 place-items-center">
        <span className="bg-surface shadow-card grid size-7 place-items-center rounded-md">
          <input type="checkbox" checked={isSelected} onChange={onToggle} aria-label={words.select(file_name)} className="accent-accent size-4.5" />
        </span>
      </label>
    </li>
  );
}
