/** Name of the release and of its namespace on local clusters. */
export const release = 'infra-autopilot';
