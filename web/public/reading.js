/*
 * What readers do with a post besides reading: copy code and links, enlarge images, share. It listens on the document
 * and needs no other script. Without it, images are links to their files, and CSS hides what only it can do.
 */
const SHOWN_MS = 3000;
const root = document.documentElement;

/** Words for readers, which the page brings: they are in its language. */
const words = () => document.querySelector('[data-reading]')?.dataset ?? {};

if (navigator.share) root.dataset.canShare = '';

// Copying

let status;

/** Tell readers who do not see the page what has happened. */
function announce(text) {
  if (!status?.isConnected) {
    status = document.createElement('p');
    status.className = 'sr-only';
    status.setAttribute('role', 'status');
    document.body.append(status);
  }
  status.textContent = text ?? '';
  setTimeout(() => (status.textContent = ''), SHOWN_MS);
}

/** Copy the text that a button names, or without one the code below it. */
async function copy(button) {
  const code = button.closest('.code-block')?.querySelector('code');
  try {
    // Browsers have no clipboard on pages without HTTPS, apart from those of the machine itself.
    await navigator.clipboard.writeText(button.dataset.copy || code.textContent.replace(/\n$/, ''));
    button.dataset.copied = '';
    announce(words().copied);
    setTimeout(() => delete button.dataset.copied, SHOWN_MS);
  } catch {
    // What is selected, a key press copies.
    if (code) getSelection().selectAllChildren(code);
    announce(words().copyFailed);
  }
}

// Enlarging images

const LINKS = 'a[data-enlarge]';

/** Return a button of the dialog. */
function control(name, label, path, onClick) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = `enlarged-${name}`;
  button.setAttribute('aria-label', label);
  button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  button.addEventListener('click', onClick);
  return button;
}

/** Show the image of a link as large as the window, and by the arrows the others of the post. */
function enlarge(opener) {
  const links = [...document.querySelectorAll(LINKS)];
  const { enlarged, closeImage, previousImage, nextImage } = words();
  const dialog = document.createElement('dialog');
  dialog.className = 'enlarged';
  const figure = document.createElement('figure');
  let at = links.indexOf(opener);

  const show = (index) => {
    at = (index + links.length) % links.length;
    const image = imageOf(links[at]);
    const caption = links[at].closest('figure')?.querySelector('figcaption')?.cloneNode(true);
    figure.replaceChildren(image, ...(caption ? [caption] : []));
    dialog.setAttribute('aria-label', image.querySelector('img')?.alt || image.alt || enlarged);
  };
  const close = () => dialog.close();
  const step = { ArrowLeft: -1, ArrowRight: 1 };
  const forward = getComputedStyle(root).direction === 'rtl' ? -1 : 1;

  show(at);
  dialog.append(control('close', closeImage, 'M6 6l12 12M18 6 6 18', close), figure);
  if (links.length > 1) {
    dialog.append(
      control('previous', previousImage, 'M15 5l-7 7 7 7', () => show(at - 1)),
      control('next', nextImage, 'M9 5l7 7-7 7', () => show(at + 1)),
    );
    dialog.addEventListener('keydown', ({ key }) => step[key] && show(at + step[key] * forward));
  }
  // On the image or beside it: whoever has seen enough clicks anywhere.
  dialog.addEventListener('click', ({ target }) => !target.closest('button, figcaption') && close());
  dialog.addEventListener('close', () => {
    dialog.remove();
    opener.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** Return a copy of the image of a link, for the whole width of the window. */
function imageOf(link) {
  const image = (link.querySelector('picture') ?? link.querySelector('img')).cloneNode(true);
  for (const each of [image, ...image.querySelectorAll('source, img')]) {
    if (each.srcset) each.sizes = '100vw';
    if (each.localName !== 'img') continue;
    each.loading = 'eager';
    // Not larger than it is.
    each.style.maxInlineSize = `min(100%, ${link.dataset.enlarge}px)`;
  }
  return image;
}

// The heading that is being read, in the table of contents

let isWaiting = false;

function markHeading() {
  isWaiting = false;
  const links = [...document.querySelectorAll('nav.contents a')];
  const passed = links.filter((link) => document.getElementById(link.hash.slice(1))?.getBoundingClientRect().top < 140);
  const current = passed.at(-1)?.hash;
  for (const link of links) {
    if (link.hash === current) link.setAttribute('aria-current', 'location');
    else link.removeAttribute('aria-current');
  }
}

addEventListener(
  'scroll',
  () => {
    if (!isWaiting) requestAnimationFrame(markHeading);
    isWaiting = true;
  },
  { passive: true },
);

addEventListener('click', (event) => {
  const { target, button, metaKey, ctrlKey, shiftKey, altKey } = event;
  const copying = target.closest?.('[data-copy]');
  if (copying) void copy(copying);
  const sharing = target.closest?.('[data-share]');
  // Whoever thinks better of it closes the share sheet, which is no error.
  if (sharing) navigator.share({ title: sharing.dataset.title, url: sharing.dataset.share }).catch(() => undefined);
  const link = target.closest?.(LINKS);
  if (!link || event.defaultPrevented || button !== 0 || metaKey || ctrlKey || shiftKey || altKey) return;
  event.preventDefault();
  enlarge(link);
});
