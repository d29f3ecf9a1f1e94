/** Follow a background job in the browser: by its stream of events, or where that is refused by asking again and again. */
import type { Job } from '@/client';
import { getJob, streamJob } from '@/client/browser.gen';

/** Between two questions, where there is no stream. */
export const POLL_MS = 3000;

type Options = {
  /** Ends it. */
  signal: AbortSignal;
  /** Whether to open a stream: the API sends few at a time. */
  stream: boolean;
  /** Told the job whenever it may have changed. */
  show: (job: Job) => void;
  pause?: (ms: number) => Promise<void>;
};

/** Follow a job until it has finished, is gone, or `signal` is aborted. */
export async function followJob(job_id: string, { signal, stream, show, pause = sleep }: Options): Promise<void> {
  let last: Job | undefined;
  const isOver = () => signal.aborted || Boolean(last?.finished_at);
  const note = (job: Job) => {
    last = job;
    if (!signal.aborted) show(job);
  };
  while (stream && !isOver()) {
    let isRefused = false;
    const events = await streamJob({
      path: { job_id },
      signal,
      sseMaxRetryAttempts: 1,
      onSseError: () => {
        isRefused = true;
      },
    });
    for await (const job of events.stream) if (job) note(job);
    // A stream ends after a while; one that was refused is not tried again.
    if (isRefused) break;
  }
  while (!isOver()) {
    await pause(POLL_MS);
    if (signal.aborted) return;
    const { data, response } = await getJob({ path: { job_id }, signal });
    if (data) note(data);
    else if (response && [401, 403, 404].includes(response.status)) return;
  }
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
