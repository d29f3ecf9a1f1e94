/** What is said of links of mails that cannot be used, by the code of the problem. */
import { messages } from '@/messages';

const { mailedLink } = messages.account;

export const UNUSABLE_LINK = {
  LINK_INVALID: mailedLink.invalid,
  LINK_EXPIRED: mailedLink.expired,
  LINK_USED: mailedLink.used,
  LINK_REVOKED: mailedLink.revoked,
};
