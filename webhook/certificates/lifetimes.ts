const hour = 3_600_000;
const day = 24 * hour;

/** Life of the authority, milliseconds. */
export const authorityLifeMilliseconds = 365 * day;

/** Life of a leaf, milliseconds. Short, since a stolen one can't be revoked. */
export const leafLifeMilliseconds = 30 * day;

/** How far back a certificate's life begins, for nodes whose clocks are behind. Milliseconds. */
export const backdateMilliseconds = hour;

/** Share of its life after which a certificate is renewed: the last third is for outages of ours. */
export const renewalRatio = 2 / 3;

/**
 * How long a new authority must have been in every caBundle before it signs a leaf that replaces a good one. Other API
 * servers see the new caBundle late, and mounted files lag 60–90 s. Milliseconds.
 */
export const authoritySettleMilliseconds = 180_000;
