import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** A notification as it came in: what a test needs to judge its target, its signature and its text. */
export interface ReceivedMessage {
  readonly receivedAt: string;
  readonly method: string;
  /** Path with its query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The oldest are forgotten first. */
const keptMessages = 1000;
const maximumBodyBytes = 1024 * 1024;

/** Takes any POST or PATCH as a Slack, Discord or custom webhook would, and shows all at GET /messages. */
export function makeSinkServer(now: () => Date = () => new Date()): Server {
  const messages: ReceivedMessage[] = [];
  let discordMessages = 0;

  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    if (body === undefined) return void response.writeHead(413).end();
    messages.push({
      receivedAt: now().toISOString(),
      method: request.method ?? '',
      target: request.url ?? '',
      headers: request.headers,
      body,
    });
    if (messages.length > keptMessages) messages.shift();
    if (!request.url?.startsWith('/discord')) return void response.writeHead(200).end('ok');
    discordMessages += 1;
    return void response.writeHead(200, json).end(JSON.stringify({ id: String(discordMessages) }));
  };

  return createServer((request, response) => {
    if (request.method !== 'GET') {
      receive(request, response).catch(() => response.destroy());
    } else if (request.url === '/messages') {
      response.writeHead(200, json).end(JSON.stringify(messages));
    } else {
      response.writeHead(request.url === '/healthz' ? 200 : 404).end();
    }
  });
}

const json = { 'content-type': 'application/json' } as const;

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > maximumBodyBytes) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
