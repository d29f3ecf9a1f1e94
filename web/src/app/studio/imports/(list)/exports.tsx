'use client';
import type { Export, Job } from '@/client';
import { Submit } from '@/components/form';
import { JobBadge, LiveJob } from '@/components/studio/live-job';
import { useActionWithStatus } from '@/components/studio/status-message';
import { Cell, Row, Table } from '@/components/studio/table';
import { Confirm } from '@/components/studio/table-confirm';
import { Button } from '@/components/ui/button';
import { fileSize, messages, plural, shortDate, shortTime } from '@/messages';
import { removeExport, startExport } from '../actions';

const { exports: words } = messages.imports;

/** An export, and its job while that is not finished. */
export type ExportWithJob = { one: Export; job?: Job };

/** Button that starts an export, and the exports that are kept. */
export function Exports({ exports }: { exports: ExportWithJob[] }) {
  const [, send] = useActionWithStatus(startExport, 'all');
  const { columns } = words;
  return (
    <>
      <form action={send}>
        <Submit look="secondary">{words.submit}</Submit>
      </form>
      {exports.length === 0 ? (
        <p className="text-ink-soft text-sm">{words.empty}</p>
      ) : (
        <Table
          label={words.title}
          columns={[{ name: columns.export }, { name: columns.state }, { name: columns.expires }, { name: columns.actions, hidden: true, end: true }]}
        >
          {exports.map((each) => (
            <ExportRow key={each.one.id} {...each} />
          ))}
        </Table>
      )}
    </>
  );
}

function ExportRow({ one, job }: ExportWithJob) {
  const { columns, remove } = words;
  const time = shortTime(one.created_at);
  const size = fileSize(one.size_bytes ?? 0);
  return (
    <Row>
      <Cell className="sm:w-full">
        <time dateTime={one.created_at} className="font-medium">
          {time}
        </time>
        {one.posts !== null && <p className="text-ink-soft">{words.contents(plural(one.posts, words.posts), plural(one.images ?? 0, words.images))}</p>}
        {one.error && one.state === 'failed' && <p className="text-bad break-words">{one.error}</p>}
      </Cell>
      <Cell label={columns.state}>{job ? <LiveJob job={job} follow="stream" /> : <JobBadge state={one.state} />}</Cell>
      <Cell label={columns.expires} className="text-ink-soft whitespace-nowrap">
        <time dateTime={one.expires_at}>{shortDate(one.expires_at)}</time>
      </Cell>
      <Cell end>
        <span className="flex gap-1.5 max-sm:flex-wrap sm:justify-end">
          {one.state === 'succeeded' && (
            <Button asChild look="secondary" size="small">
              <a href={`/api/exports/${one.id}/archive`} download aria-label={words.downloadLabel(time, size)} className="whitespace-nowrap">
                {words.download(size)}
              </a>
            </Button>
          )}
          <Confirm
            open={remove.open}
            openLabel={remove.labelOf(time)}
            look="quiet"
            size="small"
            title={remove.ask}
            text={remove.text}
            fields={{ export_id: one.id }}
            action={removeExport}
            submit={remove.submit}
          />
        </span>
      </Cell>
    </Row>
  );
}
