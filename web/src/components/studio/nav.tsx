'use client';
import {
  ArrowDownUp, CalendarDays, ChartNoAxesColumn, Ellipsis, FileText, Images, ListChecks, Mail, MessageSquare, ScrollText, Tag, Trash2, User, Users, Webhook,
} from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { Role } from '@/client';
import { cn } from '@/lib/classes';
import { messages } from '@/messages';

const { entries, menu, more } = messages.studio.shell;
const READERS: Role[] = ['reader', 'author', 'editor', 'admin'];
const AUTHORS: Role[] = READERS.slice(1);
const EDITORS: Role[] = READERS.slice(2);

const ENTRIES = [
  { href: '/studio/dashboard', label: entries.dashboard, icon: ChartNoAxesColumn, roles: AUTHORS },
  { href: '/studio/posts', label: entries.posts, icon: FileText, roles: AUTHORS },
  { href: '/studio/media', label: entries.media, icon: Images, roles: AUTHORS },
  { href: '/studio/calendar', label: entries.calendar, icon: CalendarDays, roles: AUTHORS },
  { href: '/studio/comments', label: entries.comments, icon: MessageSquare, roles: READERS },
  { href: '/studio/tags', label: entries.tags, icon: Tag, roles: EDITORS },
  { href: '/studio/trash', label: entries.trash, icon: Trash2, roles: AUTHORS },
  { href: '/studio/users', label: entries.users, icon: Users, roles: ['admin'] as Role[] },
  { href: '/studio/imports', label: entries.imports, icon: ArrowDownUp, roles: ['admin'] as Role[] },
  { href: '/studio/jobs', label: entries.jobs, icon: ListChecks, roles: ['admin'] as Role[] },
  { href: '/studio/webhooks', label: entries.webhooks, icon: Webhook, roles: ['admin'] as Role[] },
  { href: '/studio/mail', label: entries.mail, icon: Mail, roles: ['admin'] as Role[] },
  { href: '/studio/audit', label: entries.audit, icon: ScrollText, roles: ['admin'] as Role[] },
  { href: '/account', label: entries.account, icon: User, roles: READERS },
];
/** As many fit side by side on a phone of 320 pixels, each with its name. */
const BAR_ENTRIES = 5;
const MORE = 'studio-more';

const inColumn = 'flex items-center gap-2.5 rounded-lg px-3 py-2 whitespace-nowrap';
const inBar =
  'max-md:min-h-14 max-md:flex-col max-md:justify-center max-md:gap-1 max-md:rounded-none max-md:px-0 max-md:py-1.5 max-md:text-[0.6875rem]';
const look =
  'text-ink-soft hover:bg-sunken hover:text-ink aria-[current]:bg-sunken aria-[current]:text-ink transition-colors aria-[current]:font-medium';

type EntryProps = { entry: (typeof ENTRIES)[number]; className?: string };

function Entry({ entry: { href, label, icon: Icon }, className }: EntryProps) {
  const here = usePathname();
  return (
    <li className="min-w-0 max-md:flex-1">
      <Link
        href={href}
        prefetch={false}
        aria-current={here === href ? 'page' : here.startsWith(`${href}/`) ? 'true' : undefined}
        className={cn(inColumn, look, className)}
      >
        <Icon aria-hidden className="size-4 shrink-0 max-md:size-5" />
        {label}
      </Link>
    </li>
  );
}

/**
 * Navigation of the studio for this role: a column, or on phones a bar at the bottom of the screen. What does not fit
 * into the bar is in a popover of its last button, which browsers open and close without a script.
 */
export function Nav({ role }: { role: Role }) {
  const mine = ENTRIES.filter(({ roles }) => roles.includes(role));
  const inTheBar = mine.length > BAR_ENTRIES ? BAR_ENTRIES - 1 : mine.length;
  const [first, others] = [mine.slice(0, inTheBar), mine.slice(inTheBar)];
  return (
    <nav
      aria-label={menu}
      data-bottom-bar
      className="max-md:bg-paper max-md:border-line text-sm max-md:fixed max-md:inset-x-0 max-md:bottom-0 max-md:z-20 max-md:flex max-md:border-t max-md:pb-[env(safe-area-inset-bottom)] md:grid md:gap-1"
    >
      <ul className="flex max-md:flex-1 md:grid md:gap-1">
        {first.map((entry) => (
          <Entry key={entry.href} entry={entry} className={inBar} />
        ))}
      </ul>
      {others.length > 0 && <More entries={others} />}
    </nav>
  );
}

function More({ entries: others }: { entries: typeof ENTRIES }) {
  const here = usePathname();
  const isHere = others.some(({ href }) => here.startsWith(href));
  return (
    <>
      <button
        type="button"
        popoverTarget={MORE}
        aria-current={isHere || undefined}
        className={cn(inColumn, look, inBar, 'max-md:w-1/5 md:hidden')}
      >
        <Ellipsis aria-hidden className="size-5 shrink-0" />
        {more}
      </button>
      <div
        id={MORE}
        popover="auto"
        className="bg-surface text-ink border-line max-md:shadow-card max-md:rounded-card inset-auto max-md:end-3 max-md:bottom-[calc(4rem+env(safe-area-inset-bottom))] max-md:min-w-48 max-md:border max-md:p-1 md:static md:block md:w-auto md:overflow-visible md:bg-transparent"
      >
        <ul className="grid md:gap-1">
          {others.map((entry) => (
            <Entry key={entry.href} entry={entry} className="max-md:min-h-11" />
          ))}
        </ul>
      </div>
    </>
  );
}
