/** An agent reports each 5 s; after three missed reports its last word is no evidence. */
const reportFreshMilliseconds = 15_000;

/** Until when something that an agent said is evidence. */
export function reportExpiresAt({ receivedAt }: { readonly receivedAt: number }): number {
  return receivedAt + reportFreshMilliseconds;
}
