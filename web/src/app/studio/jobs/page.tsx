import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { type Job, JobState, listJobs, listPeriodicTasks } from '@/client';
import { unwrap } from '@/api/unwrap';
import { KeepFresh } from '@/components/studio/keep-fresh';
import { LiveJob } from '@/components/studio/live-job';
import { Pager } from '@/components/studio/pager';
import { Cell, Row, Table } from '@/components/studio/table';
import { ManagePage } from '@/components/studio/table-page';
import { lastPage, listUrl, parseListParams, PER_PAGE, searchParam, totalCount, type Query } from '@/components/studio/table-params';
import { TableTabs } from '@/components/studio/table-tabs';
import { Empty } from '@/components/ui/empty';
import { count, messages, shortTime } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { JobChoices } from './choices';
import { nameOf } from './names';
import { PeriodicTasks } from './periodic-tasks';

const { jobs: words } = messages.manage;
const PATH = '/studio/jobs';
const STATES = Object.values(JobState);

/** The API refuses anything else. */
const TASK = /^[a-z_]+\.[a-z_]+$/;

function tabUrl(task?: string, state?: JobState): string {
  const query = new URLSearchParams({ ...(task && { task }), ...(state && { state }) });
  return query.size > 0 ? `${PATH}?${query}` : PATH;
}

export const metadata: Metadata = { title: words.title };

export default async function JobsPage({ searchParams }: { searchParams: Promise<Query> }) {
  await requireRole('admin');
  const query = await searchParams;
  const { page } = parseListParams(query);
  const state = STATES.find((each) => each === searchParam(query, 'state'));
  const task = TASK.exec(searchParam(query, 'task'))?.[0];
  const client = await sessionClient();
  const [result, periodic] = await Promise.all([
    listJobs({ client, query: { page, per_page: PER_PAGE, state, task } }),
    listPeriodicTasks({ client }),
  ]);
  const jobs = unwrap('listJobs', result);
  const tasks = unwrap('listPeriodicTasks', periodic);
  const total = totalCount(result);
  if (page > lastPage(total)) redirect(listUrl(tabUrl(task, state), { page: lastPage(total) }));
  const { columns } = words;
  const followed = jobs.find((job) => isLive(job));
  return (
    <ManagePage title={words.title} lead={words.lead}>
      {task && (
        <p className="flex flex-wrap gap-x-3">
          {words.onlyTask(nameOf(task))}
          <Link href={tabUrl(undefined, state)} prefetch={false} className="text-accent underline underline-offset-4">
            {words.allTasks}
          </Link>
        </p>
      )}
      <TableTabs
        label={words.filter}
        tabs={[undefined, ...STATES].map((each) => ({
          name: each ? words.states[each] : words.all,
          href: tabUrl(task, each),
          current: each === state,
        }))}
      />
      {jobs.length === 0 ? (
        <Empty title={words.empty.title}>{state === undefined && words.empty.text}</Empty>
      ) : (
        <Table
          label={words.title}
          columns={[
            { name: columns.job },
            { name: columns.state },
            { name: columns.time },
            { name: columns.actions, hidden: true, end: true },
          ]}
        >
          {jobs.map((job) => (
            <JobRow key={job.id} job={job} follow={job === followed ? 'stream' : isLive(job) ? 'poll' : 'no'} />
          ))}
        </Table>
      )}
      <Pager path={tabUrl(task, state)} params={{ page, search: '' }} total={total} words={words.shown} />
      {tasks.length > 0 && <PeriodicTasks tasks={tasks} />}
      <KeepFresh />
    </ManagePage>
  );
}

/** Whether a job runs, or will as soon as a worker takes it. */
function isLive({ state, due_at }: Job): boolean {
  return state === 'running' || (state === 'waiting' && new Date(due_at) <= new Date());
}

function JobRow({ job, follow }: { job: Job; follow: 'stream' | 'poll' | 'no' }) {
  const { columns } = words;
  const name = nameOf(job.task);
  return (
    <Row>
      <Cell className="sm:w-full">
        <p className="font-serif text-lg font-medium break-words">{name}</p>
        {job.owner && <p className="text-ink-faint text-sm break-words">{words.askedBy(job.owner.display_name)}</p>}
        {job.state === 'succeeded' && <JobResult result={job.result} />}
        {job.error && job.state !== 'succeeded' && <p className="text-bad text-sm break-words">{words.error(job.error, job.attempts)}</p>}
      </Cell>
      <Cell label={columns.state}>
        <LiveJob job={job} follow={follow} />
      </Cell>
      <Cell label={columns.time} className="text-ink-soft whitespace-nowrap">
        <JobTime job={job} />
      </Cell>
      <Cell end>
        <JobChoices id={job.id} name={name} state={job.state} />
      </Cell>
    </Row>
  );
}

/** What came out, of the results that have words. */
function JobResult({ result }: { result: Job['result'] }) {
  const { deleted } = (result ?? {}) as Record<string, unknown>;
  return typeof deleted === 'number' && <p className="text-ink-soft text-sm">{words.results.deleted(count(deleted))}</p>;
}

/** When a job is due, began or ended, whichever tells most about its state. */
function JobTime({ job: { state, due_at, started_at, finished_at } }: { job: Job }) {
  if (finished_at) return <time dateTime={finished_at}>{words.times.ended(shortTime(finished_at))}</time>;
  if (state === 'running' && started_at) return <time dateTime={started_at}>{words.times.began(shortTime(started_at))}</time>;
  return <time dateTime={due_at}>{words.times.due(shortTime(due_at))}</time>;
}
