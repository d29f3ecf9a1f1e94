/** What a page says when an operation failed, by status or by what else went wrong. */
export const errors = {
  400: { title: 'That address is not right', text: 'Part of it is not something this page understands. Check it, or start over.' },
  401: { title: 'Log in first', text: 'This page is for whoever is logged in. Log in and you come back here.' },
  403: { title: 'This is not yours to see', text: 'Your account may not open this page. Whoever administrates the site can change that.' },
  404: { title: 'There is nothing here', text: 'The page has moved, was taken down, or never was. The archive has everything there is.' },
  409: { title: 'Something else got there first', text: 'What you wanted is not possible as things stand now. Look again, then try again.' },
  412: { title: 'It changed in the meantime', text: 'Somebody saved another version. Load it, and nothing of theirs or yours is lost.' },
  413: { title: 'Too much at once', text: 'That was larger than this site takes. Make it smaller and try again.' },
  429: { title: 'A little slower, please', text: 'There were too many requests from here. Wait a moment and try again.' },
  500: { title: 'Something broke on our side', text: 'It is not your fault, and it has been noted. Try again in a while.' },
  503: { title: 'Back in a moment', text: 'The service cannot be reached just now. You are still logged in; try again shortly.' },
  network: { title: 'No connection', text: 'The service did not answer. Check your connection and try again.' },
  contract: { title: 'An answer we could not trust', text: 'The service answered in a way it does not document, so it is not shown. It has been noted.' },
  unknown: { title: 'Something went wrong', text: 'Try again; if it stays, tell us what you did.' },
  /** What a form says instead: the page is there, what it asked for is not done. */
  inForm: {
    401: 'You are not logged in any more. Log in in another tab and send it again; what you wrote is still here.',
    403: 'Your account may not do this. Whoever administrates the site can change that.',
    404: 'What this is about is not there any more.',
  },
  tooMany: (seconds: string) => `Too many attempts. Try again in ${seconds}.`,
  check: 'Some of it is not right yet; see below.',
  seconds: { one: 'second', other: 'seconds' },
  again: 'Try again',
  home: 'To the front page',
  logIn: 'Log in',
};
