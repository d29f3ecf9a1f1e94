'use client';
import { Check, RotateCw, X } from 'lucide-react';
import Link from 'next/link';
import type { Media } from '@/client';
import { Button } from '@/components/ui/button';
import { cn } from '@/lib/classes';
import type { Sent } from '@/lib/upload-fetch';
import { fileSize, messages, percent, plural } from '@/messages';
import type { Upload, UploadQueue } from './upload-queue';

const { upload: words } = messages.media;
const { upload: each } = messages;

type ListProps = { queue: UploadQueue<Media>; uploads: readonly Upload<Media>[]; className?: string };

/** The files of this page's uploads, each with its progress, and what was refused with its reason. */
export function UploadList({ queue, uploads, className }: ListProps) {
  const done = uploads.filter(({ is }) => is === 'done').length;
  const failed = uploads.filter(({ is }) => is === 'failed').length;
  return (
    <section aria-label={words.list} className={uploads.length > 0 ? cn('border-line bg-surface rounded-card grid gap-1 border p-4', className) : ''}>
      <div className="flex flex-wrap items-center justify-between gap-2 text-sm">
        {/* It is there before the first file, so that screen readers announce what changes in it. */}
        <p role="status" className="text-ink-soft">
          {uploads.length > 0 && words.sending(String(done), plural(uploads.length, words.files))}
          {failed > 0 && ` ${words.failed(plural(failed, words.files))}`}
        </p>
        {done > 0 && (
          <Button type="button" look="quiet" size="small" onClick={() => queue.dismiss()}>
            {words.clear}
          </Button>
        )}
      </div>
      {uploads.length > 0 && (
        <ul className="divide-line grid divide-y">
          {uploads.map((upload) => (
            <Row key={upload.id} queue={queue} upload={upload} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ queue, upload }: { queue: UploadQueue<Media>; upload: Upload<Media> }) {
  const { id, file, is } = upload;
  const isOpen = is === 'waiting' || is === 'sending';
  return (
    <li className="grid min-h-14 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 py-2 text-sm">
      <div className="grid min-w-0 gap-1">
        <p className="truncate">
          <span className="font-medium">{file.name}</span> <span className="text-ink-faint">{fileSize(file.size)}</span>
        </p>
        {is === 'waiting' && <p className="text-ink-soft">{words.waiting}</p>}
        {is === 'sending' && <Progress name={file.name} sent={upload.sent} />}
        {is === 'failed' && <p className="text-bad break-words">{upload.error}</p>}
        {is === 'done' && (
          <p className="text-good flex items-center gap-1.5">
            <Check aria-hidden className="size-4 shrink-0" />
            <span>{words.done}</span>
            <Link href={`/studio/media/${upload.data.id}`} prefetch={false} aria-label={words.detailsOf(file.name)} className="text-ink ms-2 underline underline-offset-4">
              {words.details}
            </Link>
          </p>
        )}
      </div>
      <div className="flex gap-1">
        {is === 'failed' && !upload.isRefused && (
          <Button type="button" look="secondary" size="small" aria-label={words.retryOf(file.name)} onClick={() => queue.retry(id)}>
            <RotateCw aria-hidden />
            <span className="max-sm:sr-only">{each.retry}</span>
          </Button>
        )}
        {isOpen ? (
          <Button type="button" look="secondary" size="small" aria-label={words.cancelOf(file.name)} onClick={() => queue.cancel(id)}>
            {each.cancel}
          </Button>
        ) : (
          <Button type="button" look="quiet" size="small" aria-label={words.removeOf(file.name)} onClick={() => queue.dismiss(id)}>
            <X aria-hidden />
          </Button>
        )}
      </div>
    </li>
  );
}

/** How much of a file is sent; without a value while the server checks what it has received. */
function Progress({ name, sent: { bytes, totalBytes } }: { name: string; sent: Sent }) {
  const part = totalBytes ? Math.min(bytes / totalBytes, 1) : 0;
  const isSent = totalBytes > 0 && bytes >= totalBytes;
  const text = isSent ? each.processing : each.sent(fileSize(bytes), fileSize(totalBytes), percent(part));
  return (
    <>
      <progress
        aria-label={words.progressOf(name)}
        aria-valuetext={text}
        max={1}
        value={isSent ? undefined : part}
        className="bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent h-1.5 w-full appearance-none overflow-hidden rounded-full"
      />
      <p className="text-ink-soft">{text}</p>
    </>
  );
}
