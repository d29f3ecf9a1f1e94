'use client';
import { useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import type { Media } from '@/client';
import { getMediaDetailsQueryKey } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { inputStyles } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';
import { cn } from '@/lib/classes';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { ChooseFiles } from './choose-files';
import { Thumbnail } from './thumbnail';
import { UploadList } from './upload-list';
import { useMediaPages } from './use-media-pages';
import { useUploads } from './use-uploads';

const { picker: words, grid } = messages.media;
const IMAGES = 'image/png,image/jpeg,image/webp,image/gif,image/avif';

type PickerProps = { onChoose: (media: Media) => void; onClose: () => void };

/** Dialog in which a picture of the library is chosen, or a new one uploaded, which is chosen then. */
export function MediaPicker({ onChoose, onClose }: PickerProps) {
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title={words.title} size="large">
      <Pictures onChoose={onChoose} onClose={onClose} />
    </Dialog>
  );
}

function Pictures({ onChoose, onClose }: PickerProps) {
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const search = useDeferredValue(typed.trim());
  const { files, isLoaded, error, hasMore, isLoadingMore, loadMore } = useMediaPages({ kind: 'image', ...(search && { search }) });
  function choose(media: Media) {
    // Whoever shows it need not read it.
    client.setQueryData(getMediaDetailsQueryKey({ path: { media_id: media.id } }), media);
    onChoose(media);
  }
  const { queue, uploads } = useUploads(choose);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-4">
      <div className="flex flex-wrap gap-2">
        <input
          type="search"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          {...RULES.search}
          aria-label={words.search}
          placeholder={words.search}
          className={cn(inputStyles, 'h-10 min-w-40 flex-1')}
        />
        <ChooseFiles label={words.upload} accept={IMAGES} look="secondary" onFiles={(files) => queue.add(files)} />
        <Button type="button" look="quiet" onClick={onClose}>
          {messages.manage.cancel}
        </Button>
      </div>
      <UploadList queue={queue} uploads={uploads} />
      {error && <Notice tone="bad">{words.failed}</Notice>}
      <p role="status" className={files.length > 0 ? 'sr-only' : 'text-ink-soft py-10 text-center'}>
        {!isLoaded && !error && grid.loading}
        {isLoaded && files.length === 0 && (search ? words.none : words.empty)}
      </p>
      <ul aria-label={words.pictures} className="grid grid-cols-2 gap-3 sm:grid-cols-3 md:grid-cols-4">
        {files.map((media) => (
          <li key={media.id} className="min-w-0">
            <button
              type="button"
              onClick={() => choose(media)}
              className="group grid w-full gap-1 rounded-lg text-start"
            >
              <Thumbnail media={media} sizes="(min-width: 48rem) 11rem, 45vw" />
              <span className="text-ink-soft group-hover:text-ink truncate text-xs">{media.file_name}</span>
              <span className="sr-only">{media.alt_text}</span>
            </button>
          </li>
        ))}
      </ul>
      {hasMore && (
        <Button type="button" look="secondary" className="justify-self-center" aria-busy={isLoadingMore} onClick={loadMore}>
          {isLoadingMore ? grid.loading : grid.more}
        </Button>
      )}
    </div>
  );
}
