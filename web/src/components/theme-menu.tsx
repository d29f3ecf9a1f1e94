import { Moon, Sun } from 'lucide-react';
import { messages } from '@/messages';

const { label } = messages.site.theme;

/** A button that changes between the light and the dark theme, and remembers: public/start.js listens to it. */
export function ThemeMenu() {
  return (
    <button
      type="button"
      data-changes-theme
      aria-label={label}
      title={label}
      className="text-ink-soft hover:bg-sunken hover:text-ink grid size-9 place-items-center rounded-lg"
    >
      <Sun aria-hidden className="theme-light size-[1.1rem]" />
      <Moon aria-hidden className="theme-dark size-[1.1rem]" />
    </button>
  );
}
