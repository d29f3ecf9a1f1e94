/*
 * Runs before the first paint of every page: the theme, who is logged in, headings as anchors, and what shows until an
 * image is loaded. It needs no other script, so these work before Next's have come, and where they never do.
 */
const root = document.documentElement;
/** The service puts it before each id of a text. */
const ANCHOR_PREFIX = 'user-content-';

// The theme that the reader chose, if they did; else the system's, by CSS alone. In the wrong one a page would flash.
try {
  const chosen = localStorage.getItem('theme');
  if (chosen === 'light' || chosen === 'dark') root.dataset.theme = chosen;
} catch {
  // Without storage there is no choice to remember.
}

function changeTheme() {
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  root.dataset.theme = (root.dataset.theme ?? system) === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem('theme', root.dataset.theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

/** Show the ways in to visitors, and to the others those to their own pages: a public page is the same for all. */
function showWhoIsHere() {
  root.toggleAttribute('data-signed-in', /(^|; )signed-in=1/.test(document.cookie));
}

/** Let an address that ends in `#heading` land at the heading, whose id has a prefix here. */
function land() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (id && !document.getElementById(id)) document.getElementById(ANCHOR_PREFIX + id)?.scrollIntoView();
}

showWhoIsHere();
addEventListener('DOMContentLoaded', land);
addEventListener('hashchange', land);
// A transparent image would show what is below it. This event does not bubble.
addEventListener('load', ({ target }) => target.dataset?.placeholder === '' && (target.style.background = ''), true);
// Back from another page, as this one was left: meanwhile somebody may have logged in or out.
addEventListener('pageshow', ({ persisted }) => persisted && showWhoIsHere());
addEventListener('click', ({ target }) => {
  if (target.closest?.('[data-changes-theme]')) changeTheme();
  // A link may change the page in place: the menu that it is in would stay open over it.
  const menu = target.closest?.('a')?.closest('[popover]');
  if (menu?.hidePopover && menu.matches(':popover-open')) menu.hidePopover();
});
