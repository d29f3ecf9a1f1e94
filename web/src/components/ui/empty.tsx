/** Empty state of a list. */
export function Empty({ title, children }: { title: string; children?: React.ReactNode }) {
  return (
    <div className="border-line rounded-card grid justify-items-center gap-3 border border-dashed px-6 py-16 text-center">
      <p className="font-serif text-xl">{title}</p>
      <div className="text-ink-soft max-w-prose">{children}</div>
    </div>
  );
}
