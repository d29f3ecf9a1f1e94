import { messages } from '@/messages';

const { label } = messages.site.theme;

/** Inline, so that public pages do not load lucide-react for two icons. */
const drawing = {
  'aria-hidden': true, viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', strokeWidth: 2, strokeLinecap: 'round', strokeLinejoin: 'round',
} as const;

/** Theme switch. public/start.js handles the click and stores the choice. */
export function ThemeMenu() {
  return (
    <button
      type="button"
      data-changes-theme
      aria-label={label}
      title={label}
      className="text-ink-soft hover:bg-sunken hover:text-ink grid size-9 place-items-center rounded-lg"
    >
      <svg {...drawing} className="theme-light size-[1.1rem]">
        <circle cx="12" cy="12" r="4" />
        <path d="M12 2v2m0 16v2M2 12h2m16 0h2M4.9 4.9l1.4 1.4m11.4 11.4 1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4" />
      </svg>
      <svg {...drawing} className="theme-dark size-[1.1rem]">
        <path d="M20.5 14.5A9 9 0 1 1 9.5 3.5a7 7 0 0 0 11 11z" />
      </svg>
    </button>
  );
}
