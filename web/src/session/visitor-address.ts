/** The visitor's address: that of the connection, or what trusted proxies say in X-Forwarded-For (`TRUSTED_PROXIES`). */
import { subscribe } from 'node:diagnostics_channel';
import { BlockList, isIP } from 'node:net';

/** Tells whether a proxy is trusted, by its address or by how many come after it. */
type Trust = (address: string, hops: number) => boolean;

/** Parse the setting as the API does: a number of proxies, or their comma-separated addresses and networks. */
export function trustOf(setting: string): Trust {
  if (/^\d{0,2}$/.test(setting)) return (_address, hops) => hops < Number(setting);
  const trusted = new BlockList();
  for (const entry of setting.split(',')) {
    const [address = '', bits, ...rest] = entry.trim().split('/');
    const version = isIP(address);
    if (!version || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) {
      throw new Error(`TRUSTED_PROXIES is "${setting}", but must be a number, or addresses such as 127.0.0.1, 10.0.0.0/8`);
    }
    const family = version === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  return (address) => isIP(address) > 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

type RequestStart = { request: { headers: Record<string, string | string[] | undefined>; socket: { remoteAddress?: string } } };

/** Return the last address of the chain of proxies that is not trusted. */
export function visitorAddress(forwardedFor: string, peer: string, trust: Trust): string {
  const chain = [peer, ...forwardedFor.split(',').map((entry) => entry.trim()).filter(Boolean).reverse()].map(unmapped);
  const visitor = chain.find((address, hops) => !trust(address, hops)) ?? chain.at(-1) ?? peer;
  return isIP(visitor) ? visitor : peer;
}

/** Node writes the IPv4 address of a connection to an IPv6 socket so. */
const unmapped = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');

/**
 * Replace X-Forwarded-For of each request by the visitor's address. Next takes over whatever a visitor sends, and has the
 * address of the connection nowhere else.
 */
export function recordVisitorAddresses(): void {
  const trust = trustOf(process.env.TRUSTED_PROXIES ?? '');
  subscribe('http.server.request.start', (message) => {
    const { headers, socket } = (message as RequestStart).request;
    const address = visitorAddress(String(headers['x-forwarded-for'] ?? ''), socket.remoteAddress ?? '', trust);
    if (address) headers['x-forwarded-for'] = address;
    else delete headers['x-forwarded-for'];
  });
}
