import type { Host, NoAnswer } from '../host.ts';
import { listenForHealth, type HealthOutcome } from './health-answer.ts';
import { encodeHealthRequest } from './health-request.ts';

export interface HealthQuestion {
  readonly address: string;
  readonly port: number;
  /** Empty asks for the server as a whole. */
  readonly service: string;
  readonly timeoutSeconds: number;
}

export type HealthAnswer = { readonly outcome: HealthOutcome } | NoAnswer;

/** An answer takes some hundred bytes; the rest of this is for a server that greets at length. */
const maximumBytes = 65_536;

/** Asks a gRPC server for its health once, over a connection of its own, as the kubelet does. */
export async function checkHealth(host: Host, question: HealthQuestion): Promise<HealthAnswer> {
  const { address, port, service, timeoutSeconds } = question;
  const listener = listenForHealth();
  let outcome: HealthOutcome | undefined;
  const authority = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const answer = await host.converse({
    address,
    port,
    opening: encodeHealthRequest(authority, service, timeoutSeconds),
    hear: (piece) => {
      const heard = listener.hear(piece);
      outcome = heard.outcome;
      return heard.outcome === undefined ? Uint8Array.from(heard.say) : 'enough';
    },
    maximumBytes,
    timeoutMilliseconds: timeoutSeconds * 1000,
  });
  if (answer.outcome !== 'heard') return answer;
  return { outcome: outcome ?? 'broken' };
}
