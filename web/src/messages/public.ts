/** What scripts of public pages say: by itself, so that no other area's words come along with them. */
export { errors } from './en/errors';
export { site } from './en/site';
export * from './formats';
