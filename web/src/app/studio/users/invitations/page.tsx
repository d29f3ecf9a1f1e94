import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { type Invitation, InvitationState, listInvitations } from '@/client';
import { unwrap } from '@/api/unwrap';
import { Pager } from '@/components/studio/pager';
import { Cell, Row, Table } from '@/components/studio/table';
import { ManagePage, SettingsSection } from '@/components/studio/table-page';
import { lastPage, listUrl, parseListParams, PER_PAGE, searchParam, totalCount, type Query } from '@/components/studio/table-params';
import { TableTabs } from '@/components/studio/table-tabs';
import { RoleBadge } from '@/components/studio/users-role';
import { Badge } from '@/components/ui/badge';
import { Empty } from '@/components/ui/empty';
import { messages, shortDate } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { InvitationChoices } from './choices';
import { InviteForm } from './invite-form';

const { invitations: words, manage } = messages;
const PATH = '/studio/users/invitations';
const STATES = Object.values(InvitationState);
const TONES = { pending: 'accent', accepted: 'good', expired: 'warn', revoked: 'plain' } as const;

const tabUrl = (state?: InvitationState) => (state ? `${PATH}?state=${state}` : PATH);

export const metadata: Metadata = { title: words.title };

export default async function InvitationsPage({ searchParams }: { searchParams: Promise<Query> }) {
  await requireRole('admin');
  const query = await searchParams;
  const { page } = parseListParams(query);
  const state = STATES.find((each) => each === searchParam(query, 'state'));
  const result = await listInvitations({ client: await sessionClient(), query: { page, per_page: PER_PAGE, state } });
  const invitations = unwrap('listInvitations', result);
  const total = totalCount(result);
  if (page > lastPage(total)) redirect(listUrl(tabUrl(state), { page: lastPage(total) }));
  const { columns } = words;
  return (
    <ManagePage title={words.title} lead={words.lead} back={{ href: '/studio/users', name: manage.users.title }}>
      <SettingsSection title={words.add.title}>
        <InviteForm />
      </SettingsSection>
      <TableTabs
        label={words.filter}
        tabs={[undefined, ...STATES].map((each) => ({
          name: each ? words.states[each] : words.all,
          href: tabUrl(each),
          current: each === state,
        }))}
      />
      {invitations.length === 0 ? (
        <Empty title={words.empty.title}>{state === undefined && words.empty.text}</Empty>
      ) : (
        <Table
          label={words.title}
          columns={[
            { name: columns.person },
            { name: columns.role },
            { name: columns.state },
            { name: columns.actions, hidden: true, end: true },
          ]}
        >
          {invitations.map((invitation) => (
            <InvitationRow key={invitation.id} invitation={invitation} />
          ))}
        </Table>
      )}
      <Pager path={tabUrl(state)} params={{ page, search: '' }} total={total} words={words.shown} />
    </ManagePage>
  );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { email, name, role, state, invited_by } = invitation;
  const { columns } = words;
  const at = invitation.accepted_at ?? invitation.revoked_at ?? invitation.expires_at;
  return (
    <Row>
      <Cell className="break-words sm:w-full">
        <p className="font-serif text-lg font-medium break-all">{email}</p>
        <p className="text-ink-faint text-sm">{[name, invited_by && words.by(invited_by.display_name)].filter(Boolean).join(', ')}</p>
        {(state === 'pending' || state === 'expired') && <MailState invitation={invitation} />}
      </Cell>
      <Cell label={columns.role}>
        <RoleBadge role={role} />
      </Cell>
      <Cell label={columns.state}>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Badge tone={TONES[state]}>{words.states[state]}</Badge>
          <time dateTime={at} className="text-ink-soft text-sm whitespace-nowrap">
            {words.times[state](shortDate(at))}
          </time>
        </span>
      </Cell>
      <Cell end>
        <InvitationChoices id={invitation.id} email={email} state={state} />
      </Cell>
    </Row>
  );
}

/** Whether the mail has left; nothing if it has. */
function MailState({ invitation: { mail_state, mail_error } }: { invitation: Invitation }) {
  if (mail_state === 'failed') return <p className="text-bad text-sm break-words">{words.mail.failed(mail_error)}</p>;
  if (mail_state !== 'waiting') return null;
  return <p className="text-ink-soft text-sm break-words">{mail_error ? words.mail.repeated(mail_error) : words.mail.waiting}</p>;
}
