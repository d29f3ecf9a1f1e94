type PageHeadingProps = { eyebrow?: string; title: React.ReactNode; children?: React.ReactNode };

/** The top of a page that is a list: what it lists, and a few words about it. */
export function PageHeading({ eyebrow, title, children }: PageHeadingProps) {
  return (
    <header className="mb-4 grid gap-3">
      {eyebrow && <p className="text-accent text-sm font-medium">{eyebrow}</p>}
      <h1 className="font-serif text-4xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
      {children && <div className="text-ink-soft max-w-prose">{children}</div>}
    </header>
  );
}

/** The column that lists stand in. */
export function ListColumn({ children }: { children: React.ReactNode }) {
  return (
    <main id="main" className="mx-auto w-full max-w-3xl px-5 py-12">
      {children}
    </main>
  );
}
