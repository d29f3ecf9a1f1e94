import Link from 'next/link';
import type { AuditEntry } from '@/client';
import { Cell, Row } from '@/components/studio/table';
import { exactTime, messages, shortTime } from '@/messages';
import { historyUrl, logUrl } from './log-query';

const { audit: words } = messages;
const linkLook = 'text-accent underline underline-offset-4';

/** One entry: what was done to what, by whom, and when. */
export function LogEntry({ entry }: { entry: AuditEntry }) {
  const { action, object, details, recorded_at } = entry;
  const { columns } = words;
  const said = object.id ? words.object(typeName(object.type), object.id) : typeName(object.type);
  return (
    <Row>
      <Cell className="sm:w-full">
        <p className="font-medium break-words">{words.actions[action] ?? action}</p>
        <p className="text-ink-faint text-sm wrap-anywhere">{said}</p>
        <Details details={details} />
      </Cell>
      <Cell label={columns.who}>
        <Who actor={entry.actor} />
      </Cell>
      <Cell label={columns.time} className="text-ink-soft whitespace-nowrap">
        <time dateTime={recorded_at} title={exactTime(recorded_at)}>
          {shortTime(recorded_at)}
        </time>
      </Cell>
      <Cell end>
        {object.id && (
          <Link href={historyUrl(object.type, object.id)} prefetch={false} aria-label={words.historyOf(said)} className={linkLook}>
            {words.history}
          </Link>
        )}
      </Cell>
    </Row>
  );
}

export const typeName = (type: string) => words.types[type] ?? type;

/** The name that an account has now, or its id if it was deleted. */
export function nameOf({ id, display_name }: AuditEntry['actor']): string {
  return display_name ?? (id === null ? words.system : words.account(id));
}

function Who({ actor }: { actor: AuditEntry['actor'] }) {
  if (actor.kind === 'anonymous') return words.anonymous;
  if (actor.id === null) return words.system;
  const name = nameOf(actor);
  const said = actor.kind === 'api_key' ? words.keyOf(name) : actor.kind === 'system' ? words.systemFor(name) : name;
  return (
    <Link href={logUrl({ actor_id: String(actor.id) })} prefetch={false} aria-label={words.allBy(name)} className={linkLook}>
      {said}
    </Link>
  );
}

/** Of the details, those that have words. */
function Details({ details }: { details: AuditEntry['details'] }) {
  const { fields, former_role, role } = details as Record<string, unknown>;
  const said = Array.isArray(fields)
    ? words.fields(fields.join(', '))
    : typeof former_role === 'string' && typeof role === 'string'
      ? words.role(former_role, role)
      : undefined;
  return said && <p className="text-ink-soft text-sm wrap-anywhere">{said}</p>;
}
