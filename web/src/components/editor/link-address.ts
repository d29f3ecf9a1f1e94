/** Addresses that a link may have: those that the service keeps (service/core/markdown/allowlist.py). */

/** Tell whether `address` is relative, http(s) with a host, or an e-mail address. */
export function isSafeAddress(address: string): boolean {
  // As browsers do, without control characters and spaces around it.
  const url = address.replace(/[\x00-\x1f\x7f]/g, '').trim();
  return /^(https?:\/\/[^/?#]|mailto:|[^/?#:]*([/?#]|$))/i.test(url);
}
