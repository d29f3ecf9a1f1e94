/** Class names of buttons. Apart from the component, so that public pages do not load tailwind-merge. */

export const BUTTON =
  'inline-flex shrink-0 items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap transition-colors ' +
  'disabled:pointer-events-none disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0';

export const LOOKS = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  secondary: 'border border-line bg-surface text-ink hover:border-line-strong hover:bg-sunken',
  quiet: 'text-ink-soft hover:bg-sunken hover:text-ink',
  danger: 'border border-bad text-bad hover:bg-bad-wash',
};

export const SIZES = {
  small: 'h-8 px-3 text-sm',
  medium: 'h-10 px-4 text-sm',
  large: 'h-12 px-6 text-base',
  icon: 'size-9',
};

/** Return the class names of a button, for a link or a plain element. */
export const buttonLook = (look: keyof typeof LOOKS, size: keyof typeof SIZES = 'medium') =>
  `${BUTTON} ${LOOKS[look]} ${SIZES[size]}`;
