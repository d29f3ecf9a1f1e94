/** Inline icon of 24 by 24 units, so that public pages do not load lucide-react for a few icons. */
export function Icon({ className = '', children }: { className?: string; children: React.ReactNode }) {
  return (
    <svg
      aria-hidden
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={`size-[1.1rem] shrink-0 ${className}`}
    >
      {children}
    </svg>
  );
}
