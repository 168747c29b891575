import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { ConnectAnswer, ConnectRequest, HttpAnswer, HttpRequest, NoAnswer } from '../../host.ts';

/** One HTTP exchange on a connection of its own, all of it within one deadline. */
export function request(asked: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    let connected = false;
    let outgoing: http.ClientRequest;
    try {
      outgoing = begin(asked);
    } catch (error) {
      // Node refuses a header value that can't be sent; the kubelet could not send it either.
      resolve(noAnswer('closed', error));
      return;
    }
    const finish = (answer: HttpAnswer): void => {
      clearTimeout(deadline);
      outgoing.destroy();
      resolve(answer);
    };
    const deadline = setTimeout(() => finish(noAnswer('timeout', 'no answer in time')), asked.timeoutMilliseconds);
    outgoing.on('socket', (socket) => {
      socket.once('connect', () => {
        connected = true;
      });
    });
    outgoing.on('error', (error) => finish(noAnswer(connected ? 'closed' : 'refused', error)));
    outgoing.on('response', (response) => {
      const status = response.statusCode ?? 0;
      const answer: HttpAnswer = { outcome: 'answer', status, location: response.headers.location };
      let bodyBytes = 0;
      response.on('data', (chunk: Buffer) => {
        bodyBytes += chunk.length;
        if (bodyBytes >= asked.maximumBodyBytes) finish(answer);
      });
      response.on('end', () => finish(answer));
      response.on('error', (error) => finish(noAnswer('closed', error)));
    });
    outgoing.end();
  });
}

/** Opens a TCP connection and closes it again. */
export function connect({ address, port, timeoutMilliseconds }: ConnectRequest): Promise<ConnectAnswer> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port });
    const finish = (answer: ConnectAnswer): void => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(answer);
    };
    const deadline = setTimeout(() => finish(noAnswer('timeout', 'no connection in time')), timeoutMilliseconds);
    socket.on('connect', () => finish({ outcome: 'connected' }));
    socket.on('error', (error) => finish(noAnswer('refused', error)));
  });
}

/** A certificate isn't verified: the kubelet doesn't do it either, and the app's own address is no name to verify. */
function begin({ secure, address, port, path, headers }: HttpRequest): http.ClientRequest {
  const options: https.RequestOptions = {
    host: address,
    port,
    path,
    method: 'GET',
    headers: headers.flatMap(({ name, value }) => [name, value]),
    agent: false,
  };
  return secure ? https.request({ ...options, rejectUnauthorized: false }) : http.request(options);
}

function noAnswer(outcome: NoAnswer['outcome'], reason: unknown): NoAnswer {
  return { outcome, message: reason instanceof Error ? reason.message : String(reason) };
}
