'use client';
import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import type { Job, JobState } from '@/client';
import { Badge } from '@/components/ui/badge';
import { cn } from '@/lib/classes';
import { followJob } from '@/lib/follow-job';
import { count, messages } from '@/messages';

const { jobs: words } = messages.manage;
const TONES = { waiting: 'plain', running: 'accent', succeeded: 'good', failed: 'bad', cancelled: 'warn' } as const;

/** How a job is kept up to date: the API sends few streams at a time. */
export type Following = 'stream' | 'poll' | 'no';

/** Return a job as it is by now. The page is read again when it has finished. */
export function useLiveJob(first: Job, follow: Following): Job {
  const [known, setKnown] = useState({ first, job: first });
  const router = useRouter();
  const { id } = first;
  const read = useRef(first);
  useEffect(() => {
    read.current = first;
  }, [first]);
  // Not again when the page has been read again: that would be another stream every few seconds.
  useEffect(() => {
    if (follow === 'no') return;
    const following = new AbortController();
    const show = (job: Job) => {
      setKnown({ first: read.current, job });
      // The row has other buttons now, and periodic work another time.
      if (job.finished_at) router.refresh();
    };
    void followJob(id, { signal: following.signal, stream: follow === 'stream', show }).catch(() => undefined);
    return () => following.abort();
  }, [id, follow, router]);
  // What the page has read again is newer than what was followed.
  return known.first === first ? known.job : first;
}

/** State of a job, and its progress while it runs. */
export function LiveJob({ job: first, follow }: { job: Job; follow: Following }) {
  const job = useLiveJob(first, follow);
  return (
    <span className="grid justify-items-start gap-1.5 max-sm:justify-items-end">
      <JobBadge state={job.state} />
      {job.state === 'running' && job.progress && <JobProgress {...job.progress} className="w-36" />}
    </span>
  );
}

export function JobBadge({ state }: { state: JobState }) {
  return <Badge tone={TONES[state]}>{words.states[state]}</Badge>;
}

/** Bar of how far a job has come; without a total it only moves. */
export function JobProgress({ done, total, message, className }: NonNullable<Job['progress']> & { className: string }) {
  const text = message ?? (total === null ? words.progress.some(count(done)) : words.progress.of(count(done), count(total)));
  return (
    <span className={cn('grid gap-1', className)}>
      <progress
        aria-label={words.progress.label}
        aria-valuetext={text}
        max={total ?? undefined}
        value={total === null ? undefined : done}
        className="bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent h-1.5 w-full appearance-none overflow-hidden rounded-full"
      />
      <span className="text-ink-soft text-xs break-words">{text}</span>
    </span>
  );
}
