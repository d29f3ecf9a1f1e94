import Link from 'next/link';
import type { PeriodicTask } from '@/client';
import { Cell, Row, Table } from '@/components/studio/table';
import { messages, shortTime } from '@/messages';
import { RunNow } from './choices';
import { nameOf } from './names';

const { periodic: words, states } = messages.manage.jobs;

/** What the server does again and again: when it was last done, and when it will be. */
export function PeriodicTasks({ tasks }: { tasks: PeriodicTask[] }) {
  const { columns } = words;
  return (
    <section className="grid gap-3 pt-4" aria-labelledby="periodic">
      <h2 id="periodic" className="font-serif text-xl font-semibold">
        {words.title}
      </h2>
      <Table
        label={words.title}
        columns={[{ name: columns.task }, { name: columns.last }, { name: columns.next }, { name: columns.actions, hidden: true, end: true }]}
      >
        {tasks.map((task) => (
          <Row key={task.name}>
            <Cell className="sm:w-full">
              <p className="font-medium break-words">
                <Link href={`/studio/jobs?task=${task.name}`} prefetch={false} className="hover:text-accent">
                  {nameOf(task.name)}
                </Link>
              </p>
              <p className="text-ink-faint">{words.every(task.every_s)}</p>
            </Cell>
            <Cell label={columns.last} className="text-ink-soft whitespace-nowrap">
              <LastRun job={task.last_job} />
            </Cell>
            <Cell label={columns.next} className="text-ink-soft whitespace-nowrap">
              <NextRun job={task.next_job} />
            </Cell>
            <Cell end>
              <RunNow task={task.name} name={nameOf(task.name)} />
            </Cell>
          </Row>
        ))}
      </Table>
    </section>
  );
}

function LastRun({ job }: { job: PeriodicTask['last_job'] }) {
  if (!job?.finished_at) return words.never;
  const time = shortTime(job.finished_at);
  return <time dateTime={job.finished_at}>{job.state === 'succeeded' ? time : words.ended(states[job.state], time)}</time>;
}

function NextRun({ job }: { job: PeriodicTask['next_job'] }) {
  if (!job) return words.noWorker;
  if (job.state === 'running') return states.running;
  return <time dateTime={job.due_at}>{shortTime(job.due_at)}</time>;
}
