'use client';
/** Upload of files to the library from a page: the queue, and the warning before the page is left while files are sent. */
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react';
import type { Media } from '@/client';
import { uploadMedia } from '@/client/browser.gen';
import { UploadQueue, type UploadOptions } from './upload-queue';

const send = (file: File, options: UploadOptions) => uploadMedia({ body: { file }, ...options });

/** Return the queue of a page, and what is in it. `onDone` is told each file that has become part of the library. */
export function useUploads(onDone: (media: Media) => void) {
  const [queue] = useState(() => new UploadQueue<Media>(send));
  const uploads = useSyncExternalStore(queue.subscribe, queue.snapshot, queue.snapshot);
  const tell = useEffectEvent(onDone);
  useEffect(() => queue.whenDone((media) => tell(media)), [queue]);
  useEffect(() => () => queue.stop(), [queue]);
  const isSending = uploads.some(({ is }) => is === 'sending' || is === 'waiting');
  useEffect(() => {
    if (!isSending) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isSending]);
  return { queue, uploads };
}
