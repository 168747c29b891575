import { AutopilotError } from '#runtime/errors.ts';
import { run } from '../run.ts';
import { linkAlias, slots } from './identity.ts';

interface Link {
  readonly ifname: string;
  readonly ifalias?: string;
}

/**
 * Claims a free slot by creating its link; the kernel refuses a second one of that name, so two clusters that start at
 * once never share a slot. The node's end waits as `<link>n` until it is moved into the node's network namespace.
 *
 * @returns the slot's number.
 */
export async function claimSlot(name: string): Promise<number> {
  const taken = await run('ip', ['-j', 'route', 'show', 'table', 'all']);
  const first = Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % slots, 7);
  for (let offset = 0; offset < slots; offset++) {
    const slot = (first + offset) % slots;
    if (['10.197', '10.198', '10.199'].some((range) => taken.includes(`"${range}.${slot}.`))) continue;
    const link = `iap${slot}`;
    // One process for both lines: an interrupted start can't leave a link that no name leads back to.
    const claim = `link add ${link} type veth peer name ${link}n\nlink set ${link} alias "${linkAlias(name)}"\n`;
    try {
      await run('ip', ['-batch', '-'], { input: claim });
    } catch (error) {
      if (error instanceof AutopilotError && error.message.includes('File exists')) continue;
      throw error;
    }
    return slot;
  }
  throw new AutopilotError('AP_MACHINE_UNFIT', `all ${slots} slots for local clusters are taken; take one down`);
}

/** Removes every link of the cluster, found by its alias. The node's end goes with the host's, and the host's with the node's. */
export async function removeLinks(name: string): Promise<void> {
  for (const link of await linksOf(name)) {
    try {
      await run('ip', ['link', 'delete', link]);
    } catch (error) {
      // The kernel takes the link away with the node's network, which may just be ending.
      if ((await linksOf(name)).includes(link)) throw error;
    }
  }
}

async function linksOf(name: string): Promise<readonly string[]> {
  const links = JSON.parse((await run('ip', ['-j', 'link', 'show'])) || '[]') as readonly Link[];
  return links.filter(({ ifalias }) => ifalias === linkAlias(name)).map(({ ifname }) => ifname);
}
