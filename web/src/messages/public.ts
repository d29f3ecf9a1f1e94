/** The text of client components on public pages, apart from the rest: browsers do not load the text of the studio. */
export { errors } from './en/errors';
export { site } from './en/site';
export * from './formats';
