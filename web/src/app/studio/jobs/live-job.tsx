'use client';
import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import type { Job } from '@/client';
import { Badge } from '@/components/ui/badge';
import { followJob } from '@/lib/follow-job';
import { count, messages } from '@/messages';

const { jobs: words } = messages.manage;
const TONES = { waiting: 'plain', running: 'accent', succeeded: 'good', failed: 'bad', cancelled: 'warn' } as const;

/** State of a job, and its progress while it runs. `follow` says how it is kept up to date. */
export function LiveJob({ job: first, follow }: { job: Job; follow: 'stream' | 'poll' | 'no' }) {
  const [known, setKnown] = useState({ first, job: first });
  const router = useRouter();
  // What the page has read again is newer than what was followed.
  const job = known.first === first ? known.job : first;
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
  return (
    <span className="grid justify-items-start gap-1.5 max-sm:justify-items-end">
      <Badge tone={TONES[job.state]}>{words.states[job.state]}</Badge>
      {job.state === 'running' && job.progress && <Progress {...job.progress} />}
    </span>
  );
}

function Progress({ done, total, message }: NonNullable<Job['progress']>) {
  const text = message ?? (total === null ? words.progress.some(count(done)) : words.progress.of(count(done), count(total)));
  return (
    <span className="grid w-36 gap-1">
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
