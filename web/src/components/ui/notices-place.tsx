export const NOTICES_ID = 'notices';

/**
 * The place of success messages, at the bottom of the screen. It is part of every page: screen readers announce what is
 * added to a live region that is already there. In the flow of a page, messages that leave would move what is below.
 */
export function NoticesPlace() {
  return (
    <div
      id={NOTICES_ID}
      role="status"
      aria-atomic="false"
      className="pointer-events-none fixed inset-x-4 bottom-[calc(1.5rem+var(--bottom-bar))] z-30 grid justify-center gap-2 sm:justify-end print:hidden"
    />
  );
}
