import { AccountMenu } from '@/components/account-menu';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { ThemeMenu } from '@/components/theme-menu';
import { messages } from '@/messages';

const link = 'text-ink-soft hover:text-ink rounded px-2 py-1 transition-colors';

export default function SiteLayout({ children }: { children: React.ReactNode }) {
  const { site } = messages;
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="border-line print:hidden border-b">
        <div className="mx-auto flex h-16 max-w-5xl items-center gap-1 px-5 text-sm sm:gap-3">
          <HoverPrefetchLink href="/" className="me-auto font-serif text-xl font-semibold tracking-tight">
            {site.name}
            <span className="text-accent">.</span>
          </HoverPrefetchLink>
          <nav aria-label={site.menu} className="flex items-center sm:gap-1">
            <HoverPrefetchLink href="/archive" className={link}>
              {site.archive}
            </HoverPrefetchLink>
            <HoverPrefetchLink href="/tags" className={`${link} max-sm:hidden`}>
              {site.tags}
            </HoverPrefetchLink>
            <HoverPrefetchLink href="/search" className={link}>
              {site.search}
            </HoverPrefetchLink>
          </nav>
          <ThemeMenu />
          <AccountMenu />
        </div>
      </header>
      <div className="flex-1">{children}</div>
      <footer className="border-line text-ink-faint print:hidden mt-24 border-t">
        <div className="mx-auto flex max-w-5xl flex-wrap items-center gap-x-6 gap-y-2 px-5 py-8 text-sm">
          <p className="me-auto">{site.footer}</p>
          <HoverPrefetchLink href="/tags" className="hover:text-ink">
            {site.tags}
          </HoverPrefetchLink>
          <a href="/feed.xml" className="hover:text-ink">
            {site.feed}
          </a>
        </div>
      </footer>
    </div>
  );
}
