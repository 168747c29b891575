import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type net from 'node:net';
import { issueAuthority, issueLeaf } from '../../../webhook/certificates/issue.ts';

/** What an agent talks to: a controller and an app, on loopback. */
export interface World {
  /** Of an agent whose token is in this file. */
  variables(tokenFile: string): Readonly<Record<string, string>>;
  counts(): { readonly reports: number; readonly connections: number };
  close(): void;
}

/** Longer than any run: what an agent asks for is held open and never answered. */
export async function startWorld(): Promise<World> {
  const authority = await issueAuthority(Date.now());
  const leaf = await issueLeaf(authority, ['localhost'], Date.now());
  const counts = { reports: 0, connections: 0 };
  const controller = https.createServer({ ...leaf, keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    counts.reports += 1;
    incoming.resume().on('end', () => outgoing.writeHead(202).end('{}'));
  });
  controller.on('secureConnection', () => (counts.connections += 1));
  const app = http.createServer((_incoming, outgoing) => outgoing.end('ok'));
  const [controllerPort, appPort] = [await listen(controller), await listen(app)];

  const common = { periodSeconds: 10, timeoutSeconds: 1, failureThreshold: 3 };
  const page = (path: string) => ({ type: 'http', scheme: 'http', port: appPort, path, headers: [] });
  const probes = [
    { container: 'app', probe: 'liveness', action: page('/livez'), ...common },
    { container: 'app', probe: 'readiness', action: page('/readyz'), ...common },
    { container: 'app', probe: 'startup', action: { type: 'tcp', port: appPort }, ...common },
  ];
  return {
    variables: (tokenFile) => ({
      AUTOPILOT_REPORT_URL: `https://localhost:${controllerPort}/v1/reports`,
      AUTOPILOT_CA: authority.cert,
      AUTOPILOT_TOKEN_FILE: tokenFile,
      AUTOPILOT_NAMESPACE: 'shop',
      AUTOPILOT_POD_NAME: 'cart-1',
      AUTOPILOT_POD_UID: 'uid-1',
      AUTOPILOT_POD_IP: '127.0.0.1',
      AUTOPILOT_PROBES: JSON.stringify(probes),
    }),
    counts: () => ({ ...counts }),
    close: () => {
      for (const server of [controller, app]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

async function listen(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
