import type { Metadata } from 'next';
import Link from 'next/link';
import { forbidden, notFound } from 'next/navigation';
import { getUser, getUserSecondFactor, listUserPosts, type User, type UserProfile } from '@/client';
import { unwrap } from '@/api/unwrap';
import { ManagePage } from '@/components/studio/table-page';
import { totalCount } from '@/components/studio/table-params';
import { RoleBadge } from '@/components/studio/users-role';
import { Badge } from '@/components/ui/badge';
import { longDate, messages, plural } from '@/messages';
import { requireRole, sessionClient } from '@/session/current';
import { historyUrl, logUrl } from '../../audit/log-query';
import { OtherAccount } from './other-account';
import { OwnAccount } from './own-account';

const { users: words, counted } = messages.manage;

export const metadata: Metadata = { title: words.title };

export default async function UserPage({ params }: { params: Promise<{ userId: string }> }) {
  const me = await requireRole('admin');
  const user_id = Number((await params).userId);
  if (!Number.isSafeInteger(user_id) || user_id < 1) notFound();
  const client = await sessionClient();
  const [result, secondFactor, written] = await Promise.all([
    getUser({ client, path: { user_id } }),
    getUserSecondFactor({ client, path: { user_id } }),
    listUserPosts({ client, path: { user_id }, query: { per_page: 1 } }),
  ]);
  const user = accountOf(unwrap('getUser', result));
  const factor = unwrap('getUserSecondFactor', secondFactor);
  unwrap('listUserPosts', written);
  const shown = { user, version: result.response?.headers.get('etag') ?? '*' };
  const published = plural(totalCount(written), counted.published);
  return (
    <ManagePage
      title={user.display_name}
      back={{ href: '/studio/users', name: words.title }}
      lead={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <RoleBadge role={user.role} />
          {!user.is_active && <Badge tone="bad">{words.closed}</Badge>}
          <span>{words.since(longDate(user.created_at))}</span>
          <span>{published}</span>
          <Link href={historyUrl('user', user.id)} prefetch={false} className="underline underline-offset-4">
            {messages.audit.history}
          </Link>
          <Link href={logUrl({ actor_id: String(user.id) })} prefetch={false} className="underline underline-offset-4">
            {messages.audit.done}
          </Link>
          {totalCount(written) > 0 && (
            <Link href={`/authors/${user.username}`} prefetch={false} className="underline underline-offset-4">
              {words.seeSite}
            </Link>
          )}
        </span>
      }
    >
      {user.id === me.id ? <OwnAccount {...shown} /> : <OtherAccount {...shown} published={published} factor={factor} />}
    </ManagePage>
  );
}

/** Return the account; only administrators see a whole one. */
function accountOf(profile: UserProfile): User {
  const { role, is_active, comment_notifications } = profile;
  if (role === null || is_active === null || comment_notifications === null) forbidden();
  return { ...profile, role, is_active, comment_notifications };
}
