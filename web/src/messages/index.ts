/**
 * All visible text, apart from what the API sends. To translate the application, write a folder like `en` and import it
 * here and in `public.ts`; set the language and the direction in `formats.ts`. Styles use start and end instead of left
 * and right, so both directions work.
 */
import { account } from './en/account';
import { apiKeys } from './en/api-keys';
import { audit } from './en/audit';
import { errors } from './en/errors';
import { imports } from './en/imports';
import { invitations } from './en/invitations';
import { items } from './en/items';
import { mail } from './en/mail';
import { media } from './en/media';
import { schedule } from './en/schedule';
import { site } from './en/site';
import { studio } from './en/studio';
import { manage } from './en/studio-manage';
import { upload } from './en/upload';
import { webhooks } from './en/webhooks';

export * from './formats';
export { errors, site };
export const messages = { account, apiKeys, audit, errors, imports, invitations, items, mail, manage, media, schedule, site, studio, upload, webhooks };
