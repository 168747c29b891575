/** Version that reports and the probes' User-Agent carry; a test holds it to package.json, which the core can't read. */
export const agentVersion = '0.1.0';
