'use client';
import { useState } from 'react';
import type { Media } from '@/client';
import { failingOfError } from '@/components/failure';
import { ChooseFiles, DropAnywhere } from '@/components/media/choose-files';
import type { MediaPage, MediaQuery } from '@/components/media/media-pages';
import { UploadList } from '@/components/media/upload-list';
import { useMediaPages } from '@/components/media/use-media-pages';
import { useUploads } from '@/components/media/use-uploads';
import { Button } from '@/components/ui/button';
import { Empty } from '@/components/ui/empty';
import { Notice } from '@/components/ui/notice';
import { messages, plural } from '@/messages';
import { MediaCard } from './media-card';
import { Selection } from './selection';

const { upload, grid, selection } = messages.media;

type LibraryProps = { query: MediaQuery; first: MediaPage; isFiltered: boolean };

/** The grid of files, the uploads of this page, and what can be done with several files. */
export function Library({ query, first, isFiltered }: LibraryProps) {
  const { files, error, hasMore, isLoadingMore, loadMore, refresh } = useMediaPages(query, first);
  const { queue, uploads } = useUploads(() => void refresh());
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const chosen = files.filter(({ id }) => selected.has(id));
  const unused = files.filter(({ uses_count }) => uses_count === 0);
  const select = (some: Media[]) => setSelected(new Set(some.map(({ id }) => id)));
  const add = (added: File[]) => queue.add(added);
  function toggle({ id }: Media) {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  }
  return (
    <>
      <DropAnywhere onFiles={add} />
      <div className="grid grid-cols-[minmax(0,1fr)]">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <ChooseFiles label={upload.choose} multiple onFiles={add} />
          <p className="text-ink-faint text-sm">{upload.types}</p>
          {unused.length > 0 && (
            <Button look="quiet" size="small" className="ms-auto" onClick={() => select(unused)}>
              {selection.unused}
            </Button>
          )}
        </div>
        <UploadList queue={queue} uploads={uploads} className="mt-4" />
      </div>
      {error && <Notice tone="bad">{messages.errors[failingOfError(error)].text}</Notice>}
      {files.length === 0 ? (
        <Nothing isFiltered={isFiltered} />
      ) : (
        <ul aria-label={grid.label} className="grid grid-cols-2 gap-x-4 gap-y-6 sm:grid-cols-3 lg:grid-cols-4">
          {files.map((media) => (
            <MediaCard key={media.id} media={media} isSelected={selected.has(media.id)} onToggle={() => toggle(media)} />
          ))}
        </ul>
      )}
      <div className="text-ink-faint flex flex-wrap items-center justify-between gap-3 text-sm">
        <p role="status">{files.length > 0 && plural(files.length, grid.shown)}</p>
        {hasMore && (
          <Button look="secondary" aria-busy={isLoadingMore} onClick={loadMore}>
            {isLoadingMore ? grid.loading : grid.more}
          </Button>
        )}
      </div>
      <Selection chosen={chosen} onClear={() => select([])} onDeleted={refresh} />
    </>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  const { title, text } = isFiltered ? grid.none : grid.empty;
  return <Empty title={title}>{text}</Empty>;
}
