/** Programs of the chart's checks: the front door names them; without it they are looked up on the path. */
export const programs = {
  helm: process.env['AUTOPILOT_HELM'] || 'helm',
  kubeconform: process.env['AUTOPILOT_KUBECONFORM'] || 'kubeconform',
  go: 'go',
} as const;
