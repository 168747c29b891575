import { BlockList, isIP } from 'node:net';
import { AutopilotError } from '#runtime/errors.ts';

/** Addresses inside a cluster, a host or a provider: whoever can set a URL must not be able to reach them through us. */
const refusedRanges = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['::1', 128],
  // NAT64 and 6to4 carry an IPv4 address inside, private ones too.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const;

/** Says whether a connection to an address may be made. */
export interface AddressGuard {
  allows(address: string): boolean;
}

/**
 * Refuses loopback, link-local, metadata, private and multicast addresses unless a listed range has them.
 * IPv4-mapped IPv6 addresses are judged as the IPv4 address inside.
 *
 * @throws AutopilotError AP_SETTINGS_INVALID when a range is no CIDR.
 */
export function makeAddressGuard(allowedCidrs: readonly string[]): AddressGuard {
  const refused = new BlockList();
  for (const [network, prefix] of refusedRanges) refused.addSubnet(network, prefix, family(network));
  const allowed = new BlockList();
  for (const cidr of allowedCidrs) {
    const { network, prefix } = parseCidr(cidr);
    allowed.addSubnet(network, prefix, family(network));
  }
  return {
    allows: (address) => {
      // A zone such as %eth0 only exists on link-local addresses.
      if (isIP(address) === 0 || address.includes('%')) return false;
      const version = family(address);
      return allowed.check(address, version) || !refused.check(address, version);
    },
  };
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function parseCidr(cidr: string): { network: string; prefix: number } {
  const [network = '', length = '', ...rest] = cidr.split('/');
  const version = isIP(network);
  const prefix = Number(length);
  const valid = version !== 0 && /^\d+$/.test(length) && prefix <= (version === 4 ? 32 : 128) && rest.length === 0;
  if (!valid) throw new AutopilotError('AP_SETTINGS_INVALID', `${cidr} is no CIDR`);
  return { network, prefix };
}
