'use client';
import { ChartNoAxesColumn, FileText, MessageSquare, Tag, Trash2, User, Users } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { Role } from '@/client';
import { cn } from '@/lib/classes';
import { messages } from '@/messages';

const { entries } = messages.studio.shell;
const READERS: Role[] = ['reader', 'author', 'editor', 'admin'];
const AUTHORS: Role[] = READERS.slice(1);
const EDITORS: Role[] = READERS.slice(2);

const ENTRIES = [
  { href: '/studio/dashboard', label: entries.dashboard, icon: ChartNoAxesColumn, roles: AUTHORS },
  { href: '/studio/posts', label: entries.posts, icon: FileText, roles: AUTHORS },
  { href: '/studio/comments', label: entries.comments, icon: MessageSquare, roles: READERS },
  { href: '/studio/tags', label: entries.tags, icon: Tag, roles: EDITORS },
  { href: '/studio/trash', label: entries.trash, icon: Trash2, roles: AUTHORS },
  { href: '/studio/users', label: entries.users, icon: Users, roles: ['admin'] as Role[] },
  { href: '/account', label: entries.account, icon: User, roles: READERS },
];

/** Navigation of the studio for this role: a column, or a row on phones. */
export function Nav({ role }: { role: Role }) {
  const here = usePathname();
  return (
    <nav aria-label={messages.studio.shell.menu} className="max-md:-mx-5 max-md:overflow-x-auto max-md:px-5">
      <ul className="flex gap-1 text-sm md:grid">
        {ENTRIES.filter(({ roles }) => roles.includes(role)).map(({ href, label, icon: Icon }) => (
          <li key={href}>
            <Link
              href={href}
              prefetch={false}
              aria-current={here === href ? 'page' : here.startsWith(`${href}/`) ? 'true' : undefined}
              className={cn(
                'text-ink-soft hover:bg-sunken hover:text-ink flex items-center gap-2.5 rounded-lg px-3 py-2 whitespace-nowrap transition-colors',
                'aria-[current]:bg-sunken aria-[current]:text-ink aria-[current]:font-medium',
              )}
            >
              <Icon aria-hidden className="size-4 shrink-0" />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
