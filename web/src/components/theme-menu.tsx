import { Icon } from '@/components/ui/icon';
import { messages } from '@/messages';

const { label } = messages.site.theme;

/** Theme switch. public/start.js handles the click and stores the choice. Phones show its name where `named`. */
export function ThemeMenu({ named = false }: { named?: boolean }) {
  return (
    <button
      type="button"
      data-changes-theme
      title={label}
      className={`text-ink-soft hover:bg-sunken hover:text-ink flex min-h-11 min-w-11 items-center rounded-lg sm:min-h-9 sm:min-w-9 sm:justify-center ${named ? 'max-sm:w-full max-sm:text-base' : 'justify-center'}`}
    >
      <span className={named ? 'max-sm:me-auto sm:sr-only' : 'sr-only'}>{label}</span>
      <Icon className="theme-light">
        <circle cx="12" cy="12" r="4" />
        <path d="M12 2v2m0 16v2M2 12h2m16 0h2M4.9 4.9l1.4 1.4m11.4 11.4 1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4" />
      </Icon>
      <Icon className="theme-dark">
        <path d="M20.5 14.5A9 9 0 1 1 9.5 3.5a7 7 0 0 0 11 11z" />
      </Icon>
    </button>
  );
}
