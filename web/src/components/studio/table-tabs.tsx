import Link from 'next/link';

export type Tab = { name: string; href: string; current: boolean };

/** Links that filter a list. */
export function TableTabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  return (
    <nav aria-label={label} className="border-line -mb-px flex flex-wrap gap-x-5 border-b">
      {tabs.map(({ name, href, current }) => (
        <Link
          key={href}
          href={href}
          aria-current={current ? 'page' : undefined}
          className="text-ink-soft hover:text-ink aria-[current]:border-accent aria-[current]:text-ink border-b-2 border-transparent py-2.5 text-sm transition-colors aria-[current]:font-medium"
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
