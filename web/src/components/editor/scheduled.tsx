import { Clock } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '@/components/ui/button';
import { offsetName, zoneName } from '@/lib/time-zones';
import { messages, SITE_TIME_ZONE, zonedTime } from '@/messages';
import type { AutosaveStore } from './autosave';
import type { State } from './state';
import type { StatusChange } from './use-status-change';

const { schedule } = messages;

/** When a scheduled post will be published, and what can be done about it. */
export function Scheduled({ store, state, change }: { store: AutosaveStore; state: State; change: StatusChange }) {
  const at = state.post?.status === 'scheduled' ? state.post.scheduled_at : null;
  useRefreshAt(store, at);
  const [zone] = useState(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  if (!at) return null;
  const instant = new Date(at);
  const isSame = offsetName(instant, zone) === offsetName(instant, SITE_TIME_ZONE);
  const inZone = (each: string) => schedule.inZone(zonedTime(at, each), zoneName(instant, each));
  const isBlocked = state.theirs !== undefined || change.isChanging;
  return (
    <div className="bg-accent-wash flex flex-wrap items-center gap-x-3 gap-y-1 px-5 py-1.5 text-sm md:px-10" data-scheduled>
      <Clock aria-hidden className="text-accent-strong size-4 shrink-0 max-sm:hidden" />
      <p className="me-auto">
        <time dateTime={at}>{schedule.scheduledFor(inZone(zone))}</time>
        {!isSame && <span className="text-ink-soft"> · {inZone(SITE_TIME_ZONE)}</span>}
      </p>
      <div className="-mx-3 flex flex-wrap">
        <Button look="quiet" size="small" disabled={isBlocked} onClick={() => change.ask('reschedule')}>{schedule.reschedule}</Button>
        <Button look="quiet" size="small" disabled={isBlocked} onClick={() => void change.make('unschedule')}>{schedule.unschedule}</Button>
        <Button look="quiet" size="small" disabled={isBlocked} onClick={() => change.ask('publish')}>{schedule.publishNow}</Button>
      </div>
    </div>
  );
}

const AFTER_MS = 1000;
const MOST_TRIES = 10;
/** Longer than this no timer can run. */
const LONGEST_MS = 2 ** 31 - 1;

/** Read the post again once its time has come, until it is published: the worker may take a moment. */
function useRefreshAt(store: AutosaveStore, at: string | null | undefined): void {
  useEffect(() => {
    if (!at) return;
    let timer: ReturnType<typeof setTimeout>;
    let tries = 0;
    const wait = () => {
      const wait_ms = Math.max(0, Date.parse(at) - Date.now()) + AFTER_MS * 2 ** tries;
      if (wait_ms < LONGEST_MS && tries < MOST_TRIES) timer = setTimeout(refresh, wait_ms);
    };
    const refresh = () => {
      tries += 1;
      void store.refresh().finally(wait);
    };
    wait();
    return () => clearTimeout(timer);
  }, [store, at]);
}
