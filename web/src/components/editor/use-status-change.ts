import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { problemOfTime, type Refusal } from '@/components/schedule-choice';
import { messages } from '@/messages';
import type { AutosaveStore, Outcome, StatusAction } from './autosave';

/** What the author is asked about before it happens; rescheduling is a question of its own for one action. */
export type Question = Exclude<StatusAction, 'schedule' | 'unschedule'> | 'reschedule';

export type StatusChange = ReturnType<typeof useStatusChange>;

/** Changes of a post's status: what the author is asked, what is under way, and how it ended. */
export function useStatusChange(store: AutosaveStore) {
  const router = useRouter();
  const [question, setQuestion] = useState<Question>();
  const [isChanging, setChanging] = useState(false);
  const [told, setTold] = useState<{ tone: 'good' | 'warn' | 'bad'; text: string }>();

  /** Return what went wrong if it concerns the time that was chosen: then the question stays. */
  async function make(action: StatusAction, instant?: string): Promise<Refusal> {
    setTold(undefined);
    setChanging(true);
    const outcome = await store.changeStatus(action, instant);
    setChanging(false);
    const time = instant && typeof outcome === 'object' ? problemOfTime(outcome) : undefined;
    if (time) return { time };
    setQuestion(undefined);
    if (action === 'trash' && outcome === 'done') router.push('/studio/posts');
    else setTold({ tone: outcome === 'done' ? 'good' : outcome === 'conflict' ? 'warn' : 'bad', text: wordsFor(action, outcome) });
    return undefined;
  }

  return {
    question,
    isChanging,
    told,
    ask: (asked: Question) => {
      setTold(undefined);
      setQuestion(asked);
    },
    make,
    cancel: () => setQuestion(undefined),
    forget: () => setTold(undefined),
  };
}

function wordsFor(action: StatusAction, outcome: Outcome): string {
  const { statusActions } = messages.studio;
  if (outcome === 'done') return statusActions.done[action];
  return typeof outcome === 'string' ? statusActions[outcome] : (statusActions.codes[outcome.code] ?? statusActions.failed);
}
