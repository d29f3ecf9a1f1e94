/** The error pages, by HTTP status or kind of failure. */
export const errors = {
  400: { title: 'Invalid request', text: 'The URL contains an invalid value. Check it and try again.' },
  401: { title: 'Login required', text: 'Log in to view this page.' },
  403: { title: 'Access denied', text: 'You do not have permission to view this page. Ask an administrator for access.' },
  404: { title: 'Page not found', text: 'The page may have been moved or deleted. Check the URL, or go on from here.' },
  409: { title: 'Conflict', text: 'The request conflicts with a more recent change. Reload the page and try again.' },
  412: { title: 'Changed by someone else', text: 'A newer version was saved in the meantime. Load the latest version and try again.' },
  413: { title: 'Content too large', text: 'The content is larger than this site allows. Make it smaller and try again.' },
  429: { title: 'Too many requests', text: 'You sent too many requests. Wait a moment and try again.' },
  500: { title: 'Server error', text: 'Something went wrong on the server. The error has been logged. Try again later.' },
  503: { title: 'Service unavailable', text: 'The service is temporarily unavailable. You stay logged in. Try again in a moment.' },
  network: { title: 'Connection failed', text: 'The service did not respond. Check your connection and try again.' },
  contract: {
    title: 'Unexpected response',
    text: 'The service sent a response that does not match its API document. The error has been logged.',
  },
  unknown: { title: 'Something went wrong', text: 'Try again. If the error persists, contact an administrator.' },
  /** Used by forms in place of the page texts: the page is there, but the request failed. */
  inForm: {
    401: 'You are logged out. Log in in another tab, then submit the form again. Your changes are still here.',
    403: 'You do not have permission to do this. Ask an administrator for access.',
    404: 'This no longer exists. It may have been deleted.',
  },
  tooMany: (seconds: string) => `Too many attempts. Try again in ${seconds}.`,
  correctFields: 'Please correct the errors below.',
  seconds: { one: 'second', other: 'seconds' },
  minutes: { one: 'minute', other: 'minutes' },
  again: 'Try again',
  home: 'Go to home page',
  search: 'Search posts',
  archive: 'Browse the archive',
  logIn: 'Log in',
};
