import Link from 'next/link';
import type { When } from '@/components/schedule-choice';
import { ScheduleDialog } from '@/components/schedule-dialog';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Notice } from '@/components/ui/notice';
import { PassingNotice } from '@/components/ui/passing-notice';
import { messages } from '@/messages';
import type { State } from './state';
import type { Question, StatusChange } from './use-status-change';

type QuestionsProps = { state: State; change: StatusChange; canBackdate: boolean };

/** The dialogs before a change of status, and the message after it. */
export function StatusQuestions({ state, change, canBackdate }: QuestionsProps) {
  const { question, told } = change;
  const { post } = state;
  return (
    <>
      {question && isAboutTime(question) && <TimeQuestion key={question} question={question} state={state} change={change} canBackdate={canBackdate} />}
      {question && !isAboutTime(question) && <Confirmation question={question} change={change} />}
      {told?.tone === 'good' && (
        <PassingNotice>
          <span>{told.text}</span>
          {(post?.status === 'published' || post?.status === 'archived') && (
            <Link href={`/posts/${post.slug}`} className="font-medium underline underline-offset-4">{messages.studio.editor.seeSite}</Link>
          )}
        </PassingNotice>
      )}
      {told && told.tone !== 'good' && (
        <div className="fixed start-1/2 bottom-[calc(1.5rem+var(--bottom-bar))] z-30 w-max max-w-[92vw] -translate-x-1/2 rtl:translate-x-1/2">
          <Notice tone={told.tone} className="shadow-card flex items-center gap-4">
            <span>{told.text}</span>
            <button type="button" onClick={change.forget} className="font-medium">{messages.studio.statusActions.close}</button>
          </Notice>
        </div>
      )}
    </>
  );
}

type TimeQuestion = 'publish' | 'reschedule' | 'redate';
const isAboutTime = (question: Question): question is TimeQuestion => ['publish', 'reschedule', 'redate'].includes(question);

/** When to publish: an archived post only now, a published one only under another date. */
function TimeQuestion({ question, state, change, canBackdate }: QuestionsProps & { question: TimeQuestion }) {
  const { titles, act } = messages.schedule.dialog;
  const { post, current } = state;
  const choices: When[] =
    question === 'redate' ? ['backdate'] : ['now', ...(post?.status === 'archived' ? [] : (['later'] as const)), ...(canBackdate ? (['backdate'] as const) : [])];
  return (
    <ScheduleDialog
      title={titles[question]}
      about={`${window.location.origin}/posts/${current.slug}`}
      choices={choices}
      chosen={question === 'reschedule' ? 'later' : question === 'redate' ? 'backdate' : 'now'}
      at={(question === 'redate' ? post?.published_at : post?.scheduled_at) ?? undefined}
      actLabels={question === 'redate' ? { backdate: act.redate } : undefined}
      onChoose={(when, instant) => change.make(question === 'redate' ? 'redate' : when === 'later' ? 'schedule' : 'publish', instant)}
      onClose={change.cancel}
    />
  );
}

function Confirmation({ question, change }: { question: Exclude<Question, TimeQuestion>; change: StatusChange }) {
  const { editor } = messages.studio;
  const { title, text, act } = editor.confirm[question];
  return (
    <Dialog open onOpenChange={change.cancel} title={title} description={text}>
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={change.cancel}>{editor.cancel}</Button>
        <Button look={question === 'trash' ? 'danger' : 'primary'} disabled={change.isChanging} onClick={() => void change.make(question)}>{act}</Button>
      </div>
    </Dialog>
  );
}
