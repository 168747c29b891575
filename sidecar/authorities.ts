import type { Host } from './host.ts';

/** A bundle holds a few certificates of about 1 KiB each. */
const maximumBytes = 65_536;

const isPem = /-----BEGIN CERTIFICATE-----/;

/**
 * The authorities to trust now. A file that follows rotations comes before what the pod was born with; it may be
 * missing, for the namespace may have been opted in a moment ago or may be opted in no more.
 */
export async function currentAuthorities(
  host: Pick<Host, 'readFile'>,
  { authorities, authoritiesFile }: { readonly authorities: string; readonly authoritiesFile: string | undefined },
): Promise<string> {
  if (authoritiesFile === undefined) return authorities;
  const file = await host.readFile(authoritiesFile, maximumBytes);
  return 'text' in file && isPem.test(file.text) ? file.text : authorities;
}
