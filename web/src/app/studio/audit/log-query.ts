/** The query of the audit log: what the URL of the page says, and what the API is asked. */
import type { ListAuditEntriesData } from '@/client';
import { searchParam, type Query } from '@/components/studio/table-params';
import { instantsOf } from '@/lib/time-zones';

export const PATH = '/studio/audit';

/** What the API takes; anything else in the URL is left out. */
const FORMS = {
  action: /^[a-z_]{1,30}\.[a-z_]{1,29}$/,
  object_type: /^[a-z_]{1,30}$/,
  object_id: /^[A-Za-z0-9-]{1,64}$/,
  actor_id: /^[1-9]\d{0,14}$/,
  from: /^\d{4}-\d\d-\d\d$/,
  until: /^\d{4}-\d\d-\d\d$/,
  after: /^[A-Za-z0-9_-]{32}$/,
};
export type LogParams = Partial<Record<keyof typeof FORMS, string>>;

/** Parse the search params. */
export function parseLogParams(query: Query): LogParams {
  const said = Object.entries(FORMS).flatMap(([name, form]) => {
    const value = searchParam(query, name);
    return form.test(value) ? [[name, value]] : [];
  });
  return Object.fromEntries(said) as LogParams;
}

/** Return the query of the API; days begin and end in this time zone. */
export function logQuery({ from, until, actor_id, ...others }: LogParams, zone: string): NonNullable<ListAuditEntriesData['query']> {
  return {
    ...others,
    ...(actor_id && { actor_id: Number(actor_id) }),
    ...(from && { recorded_after: midnight(from, zone) }),
    ...(until && { recorded_before: midnight(dayAfter(until), zone) }),
  };
}

/** Return the URL of the page with these params. */
export function logUrl(params: LogParams, path = PATH): string {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value));
  return query.size > 0 ? `${path}?${query}` : path;
}

/** Return the URL of the history of one object. */
export const historyUrl = (object_type: string, object_id: string | number) => logUrl({ object_type, object_id: String(object_id) });

/** Return the URL of an export, which has the filters of the page. */
export function exportUrl(query: NonNullable<ListAuditEntriesData['query']>, format: 'csv' | 'ndjson'): string {
  const said = Object.entries({ ...query, format }).map(([name, value]) => [name, String(value)]);
  return `/api/audit/export?${new URLSearchParams(said)}`;
}

/** Return when a day begins; undefined for what is no day. */
function midnight(day: string, zone: string): string | undefined {
  // Where the clocks go forward at midnight the day begins later.
  const [first] = ['00:00', '01:00'].flatMap((time) => instantsOf({ date: day, time }, zone));
  return first?.toISOString();
}

function dayAfter(day: string): string {
  const noon = new Date(`${day}T12:00Z`);
  if (Number.isNaN(noon.getTime())) return day;
  noon.setUTCDate(noon.getUTCDate() + 1);
  return noon.toISOString().slice(0, 10);
}
