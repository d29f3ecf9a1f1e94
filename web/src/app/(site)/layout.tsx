import { AccountMenu } from '@/components/account-menu';
import { HoverPrefetchLink } from '@/components/hover-prefetch-link';
import { ThemeMenu } from '@/components/theme-menu';
import { Icon } from '@/components/ui/icon';
import { messages } from '@/messages';

const MENU = 'site-menu';
const link = 'text-ink-soft hover:text-ink flex items-center rounded py-1 transition-colors max-sm:min-h-12 max-sm:text-base sm:px-2';
const iconButton = 'text-ink-soft hover:bg-sunken hover:text-ink grid size-11 place-items-center rounded-lg sm:hidden';

export default function SiteLayout({ children }: { children: React.ReactNode }) {
  const { site } = messages;
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="group/menu border-line relative border-b print:hidden">
        <div className="mx-auto flex min-h-16 max-w-5xl flex-wrap items-center px-5 text-sm sm:gap-3">
          <HoverPrefetchLink href="/" className="me-auto flex min-h-11 items-center font-serif text-xl font-semibold tracking-tight">
            {site.name}
            <span className="text-accent">.</span>
          </HoverPrefetchLink>
          <HoverPrefetchLink href="/search" aria-label={site.search} className={iconButton}>
            <Icon>
              <circle cx="11" cy="11" r="7" />
              <path d="m20 20-4-4" />
            </Icon>
          </HoverPrefetchLink>
          <button type="button" popoverTarget={MENU} aria-label={site.menu} className={`${iconButton} -me-3`}>
            <Icon className="group-has-[:popover-open]/menu:hidden">
              <path d="M4 7h16M4 12h16M4 17h16" />
            </Icon>
            <Icon className="hidden group-has-[:popover-open]/menu:block">
              <path d="M6 6l12 12M18 6 6 18" />
            </Icon>
          </button>
          {/* On phones a popover, which browsers open and close without a script; those that know none show it in place. */}
          <div
            id={MENU}
            popover="auto"
            className="bg-paper text-ink border-line max-sm:open:shadow-card inset-x-0 top-16 gap-3 max-sm:w-full max-sm:pb-5 max-sm:open:absolute max-sm:open:w-auto max-sm:open:border-b max-sm:open:px-5 max-sm:open:pt-2 sm:static sm:flex sm:items-center sm:overflow-visible"
          >
            <nav aria-label={site.menu} className="flex max-sm:flex-col sm:items-center sm:gap-1">
              <HoverPrefetchLink href="/archive" className={link}>
                {site.archive}
              </HoverPrefetchLink>
              <HoverPrefetchLink href="/tags" className={link}>
                {site.tags}
              </HoverPrefetchLink>
              <HoverPrefetchLink href="/search" className={`${link} max-sm:hidden`}>
                {site.search}
              </HoverPrefetchLink>
            </nav>
            <ThemeMenu named />
            <AccountMenu />
          </div>
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
