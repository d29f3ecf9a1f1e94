import { ArrowUpRight } from 'lucide-react';
import Link from 'next/link';
import type { User } from '@/client';
import { ThemeMenu } from '@/components/theme-menu';
import { messages } from '@/messages';
import { Nav } from './nav';

/** Layout of the studio: header and navigation. A page with `data-bare` has neither. */
export function Shell({ user, children }: { user: User; children: React.ReactNode }) {
  const { site, studio } = messages;
  return (
    <div className="group/shell min-h-dvh max-md:not-has-data-bare:pb-(--bottom-bar) md:grid md:grid-cols-[14rem_minmax(0,1fr)] md:has-data-bare:block">
      <header className="border-line group-has-data-bare/shell:hidden max-md:border-b md:border-e print:hidden">
        <div className="flex flex-col px-5 py-1.5 md:sticky md:top-0 md:h-dvh md:gap-6 md:px-4 md:py-6">
          <div className="flex items-center md:px-3">
            <Link href="/" className="me-auto flex min-h-11 items-center font-serif text-xl font-semibold tracking-tight">
              {site.name}
              <span className="text-accent">.</span>
            </Link>
            <ThemeMenu />
          </div>
          <Nav role={user.role} />
          <div className="mt-auto grid gap-1 px-3 text-sm max-md:hidden">
            <p className="truncate font-medium">{user.display_name}</p>
            <Link href="/" className="text-ink-faint hover:text-ink flex items-center gap-1">
              {studio.shell.toSite}
              <ArrowUpRight aria-hidden className="size-3.5 rtl:-scale-x-100" />
            </Link>
          </div>
        </div>
      </header>
      {children}
    </div>
  );
}
