/** Layout of the log-in and sign-up pages. */
export function Entrance({ title, lead, children }: { title: string; lead?: string; children: React.ReactNode }) {
  return (
    <main id="main" className="mx-auto grid w-full max-w-md gap-8 px-5 py-16 sm:py-24">
      <header className="grid gap-2">
        <h1 className="font-serif text-4xl font-semibold tracking-tight">{title}</h1>
        {lead && <p className="text-ink-soft">{lead}</p>}
      </header>
      {children}
    </main>
  );
}
