/**
 * Every word that a page shows, apart from what the API sends. To translate the application, write a folder like `en`
 * and choose it here and in `public`; the language, and the direction for what is read from the right, are in
 * `formats`: all spacing is by start and end.
 */
import { account } from './en/account';
import { errors } from './en/errors';
import { items } from './en/items';
import { site } from './en/site';
import { studio } from './en/studio';
import { manage } from './en/studio-manage';

export * from './formats';
export { errors, site };
export const messages = { account, errors, items, manage, site, studio };
