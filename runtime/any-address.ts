import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';

/**
 * Address that stands for every address of this pod: `::` takes IPv4 as well, but a kernel without IPv6 refuses it.
 */
export function anyAddress(
  interfaces: NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'family'>[]> = networkInterfaces(),
): '::' | '0.0.0.0' {
  const families = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  return families.some(({ family }) => family === 'IPv6') ? '::' : '0.0.0.0';
}
