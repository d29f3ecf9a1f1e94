/** Settings of the running server that are a number of seconds. */

const DEFAULTS = { API_TIMEOUT_S: 6, PAGE_MAX_AGE_S: 60 };

/** Return a setting in seconds. Throws if it is no number above 0. */
export function secondsSetting(name: keyof typeof DEFAULTS): number {
  const { API_TIMEOUT_S, PAGE_MAX_AGE_S } = process.env;
  const text = { API_TIMEOUT_S, PAGE_MAX_AGE_S }[name];
  const seconds = text ? Number(text) : DEFAULTS[name];
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new Error(`${name} is "${text}", but must be a number of seconds, such as ${DEFAULTS[name]}`);
}
