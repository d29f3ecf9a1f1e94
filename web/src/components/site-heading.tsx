type PageHeadingProps = { eyebrow?: string; title: React.ReactNode; children?: React.ReactNode };

/** Heading of a list page, with an introduction. */
export function PageHeading({ eyebrow, title, children }: PageHeadingProps) {
  return (
    <header className="mb-4 grid gap-3">
      {eyebrow && <p className="text-accent text-sm font-medium">{eyebrow}</p>}
      <h1 className="font-serif text-4xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
      {children && <div className="text-ink-soft max-w-prose">{children}</div>}
    </header>
  );
}

/** Column layout of list pages. */
export function ListColumn({ children }: { children: React.ReactNode }) {
  return (
    <main id="main" className="mx-auto w-full max-w-3xl px-5 py-12">
      {children}
    </main>
  );
}
