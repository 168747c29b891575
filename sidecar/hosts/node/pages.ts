import http from 'node:http';
import type { Page, ServeProblem } from '../../host.ts';

/** More than a few readers at once are not meant; the rest is turned away. */
const maximumConnections = 16;

const requestDeadlineMilliseconds = 5_000;

export interface PageServer {
  readonly problem: ServeProblem;
  close(): void;
}

/** Serves pages on all addresses, IPv4 alone where the kernel has no IPv6. Never rejects. */
export async function servePages(
  port: number,
  page: (path: string) => Promise<Page | undefined>,
): Promise<PageServer & { readonly port: number }> {
  const server = http.createServer(
    { requestTimeout: requestDeadlineMilliseconds, headersTimeout: requestDeadlineMilliseconds },
    (incoming, outgoing) => {
      const path = (incoming.url ?? '').split('?')[0] ?? '';
      void answer(outgoing, incoming.method === 'GET' ? page(path) : Promise.resolve(undefined));
    },
  );
  server.maxConnections = maximumConnections;
  let problem = await listen(server, port, '::');
  if (problem === 'EAFNOSUPPORT' || problem === 'EADDRNOTAVAIL') problem = await listen(server, port, '0.0.0.0');
  const address = server.address();
  return {
    problem,
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(outgoing: http.ServerResponse, found: Promise<Page | undefined>): Promise<void> {
  const page = await found;
  outgoing.writeHead(page?.status ?? 404, { 'content-type': page?.contentType ?? 'text/plain' });
  outgoing.end(page?.body ?? 'not found\n');
}

function listen(server: http.Server, port: number, host: string): Promise<ServeProblem> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    server.once('error', onError);
    server.listen({ port, host }, () => {
      server.off('error', onError);
      resolve(undefined);
    });
  });
}
