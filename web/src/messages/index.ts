/**
 * All visible text, apart from what the API sends. To translate the application, write a folder like `en` and import { account } from './en/account';
import { errors } from './en/errors';
import { invitations } from './en/invitations';
import { items } from './en/items';
import { mail } from './en/mail';
import { schedule } from './en/schedule';
import { site } from './en/site';
import { studio } from './en/studio';
import { manage } from './en/studio-manage';
import { upload } from './en/upload';
import { webhooks } from './en/webhooks';

export * from './formats';
export { errors, site };
export const messages = { account, errors, invitations, items, mail, manage, schedule, site, studio, upload, webhooks };
