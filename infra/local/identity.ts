import { join } from 'node:path';

/**
 * Everything about one local cluster that must differ from every other on this machine. The node lives in its own network,
 * mount, process, UTS and IPC namespaces, so only the link, the cgroup and the state folder can be seen from outside.
 */
export interface NodeIdentity {
  readonly name: string;
  /** 0 … {@link slots}-1. The kernel arbitrates: whoever creates the link of that number owns it. */
  readonly slot: number;
  readonly stateDirectory: string;
  readonly hostLink: string;
  readonly hostAddress: string;
  readonly nodeAddress: string;
  readonly podRange: string;
  readonly serviceRange: string;
  readonly apiServiceAddress: string;
  readonly dnsAddress: string;
  /** Below each cgroup hierarchy's root, without a leading slash. */
  readonly cgroup: string;
  readonly apiUrl: string;
}

export const slots = 200;
export const cgroupRoot = 'infra-autopilot';
const apiPort = 6443;

/** Pure: a name and a slot give all names, addresses and ranges. */
export function makeIdentity(name: string, slot: number, stateRoot: string): NodeIdentity {
  const nodeAddress = `10.197.${slot}.2`;
  return {
    name,
    slot,
    stateDirectory: join(stateRoot, name),
    hostLink: `iap${slot}`,
    hostAddress: `10.197.${slot}.1`,
    nodeAddress,
    podRange: `10.199.${slot}.0/24`,
    serviceRange: `10.198.${slot}.0/24`,
    apiServiceAddress: `10.198.${slot}.1`,
    dnsAddress: `10.198.${slot}.10`,
    cgroup: `${cgroupRoot}/${name}`,
    apiUrl: `https://${nodeAddress}:${apiPort}`,
  };
}

/** What we write on a link, so that it can be found again by the cluster's name alone. */
export function linkAlias(name: string): string {
  return `infra-autopilot local cluster ${name}`;
}
