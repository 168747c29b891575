import { agentVariables } from '#contract/agent-settings.ts';
import { agentPort } from '#contract/ports.ts';
import type { Host } from './host.ts';
import type { Log } from './log.ts';
import { agentVersion } from './version.ts';

const maximumTokenBytes = 16_384;

/**
 * Shows that this very image starts, runs its engine, serves, and reads its token: a pod that is ready by it says that
 * other pods may be given the agent. It watches no app and talks to no controller.
 */
export async function runCanary(host: Host, log: Log): Promise<void> {
  const port = Number(host.variables[agentVariables.port] || agentPort);
  const tokenFile = host.variables[agentVariables.tokenFile] ?? '';

  const hasToken = async (): Promise<boolean> => {
    if (tokenFile === '') return true;
    const read = await host.readFile(tokenFile, maximumTokenBytes);
    return 'text' in read && read.text.trim() !== '';
  };

  host.onStop(() => {
    log('info', 'stopping');
    host.exit(0);
  });
  const problem = await host.serve(port, async (path) => {
    if (path !== '/healthz') return undefined;
    const well = await hasToken();
    return { status: well ? 200 : 503, contentType: 'text/plain', body: well ? 'ok\n' : 'no token\n' };
  });
  if (problem === undefined) {
    log('info', 'canary started', { version: agentVersion, port });
    return;
  }
  log('error', 'the canary can not serve', { problem, port });
  host.exit(1);
}
