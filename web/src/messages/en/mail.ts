/** The mails in the studio that were written to files. */
export const mail = {
  title: 'Mail',
  lead: 'Mail that was written to files instead of being sent, because no mail server is set. Only the newest are listed.',
  columns: { mail: 'Subject', template: 'Kind', time: 'Written' },
  /** Of templates of the API; others are shown by their own name. */
  kinds: {
    comment: 'Comment',
    invitation: 'Invitation',
    post_not_published: 'Post not published',
    post_published: 'Post published',
    test: 'Test',
    webhook_disabled: 'Webhook switched off',
  } as Record<string, string>,
  shown: { one: 'mail', other: 'mails' },
  to: (recipient: string) => `to ${recipient}`,
  noSubject: '(no subject)',
  empty: { title: 'No mail', text: 'Invitations, notices about comments and other mail appear here as soon as a worker has written them.' },
  sent: {
    title: 'Mail is sent',
    text: 'A mail server is set (MAIL_HOST), so mail goes to its recipients and no copy is kept here. What could not be sent is among the jobs.',
    jobs: 'Show jobs that send mail',
  },
  written: (time: string) => `Written ${time}`,
  frame: (subject: string) => `Mail: ${subject}`,
  html: { title: 'HTML', lead: 'As mail programs show it. Scripts and remote images are blocked; links open in a new tab.', none: 'This mail has no HTML part.' },
  text: 'Plain text',
  copyText: 'Copy the plain text',
  headers: 'Headers',
};
