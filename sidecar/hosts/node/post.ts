import https from 'node:https';
import { maximumAnswerBytes } from '#contract/command.ts';
import type { PostAnswer, PostRequest } from '../../host.ts';

export type Post = (asked: PostRequest) => Promise<PostAnswer>;

/** Posts over one kept TLS connection; a new one is opened when it is lost or the authorities change. */
export function makePost(): Post {
  let agent: { readonly authorities: string; readonly value: https.Agent } | undefined;

  const agentFor = (authorities: string): https.Agent => {
    if (agent?.authorities === authorities) return agent.value;
    agent?.value.destroy();
    const value = new https.Agent({
      keepAlive: true,
      maxSockets: 1,
      maxFreeSockets: 1,
      ca: authorities,
      minVersion: 'TLSv1.3',
    });
    agent = { authorities, value };
    return value;
  };

  return (asked) =>
    new Promise((resolve) => {
      const body = Buffer.from(asked.body);
      const finish = (answer: PostAnswer): void => {
        clearTimeout(deadline);
        resolve(answer);
      };
      const fail = (error: Error): void => finish({ outcome: 'failed', message: error.message });
      const headers = {
        'content-type': 'application/json',
        'content-length': body.length,
        authorization: `Bearer ${asked.bearerToken}`,
      };
      const begin = (): ReturnType<typeof https.request> =>
        https.request(asked.url, { method: 'POST', headers, agent: agentFor(asked.authorities) }, (response) => {
          const chunks: Buffer[] = [];
          let answerBytes = 0;
          response.on('data', (chunk: Buffer) => {
            chunks.push(chunk);
            answerBytes += chunk.length;
            if (answerBytes <= maximumAnswerBytes) return;
            fail(new Error('answer is too long'));
            response.destroy();
          });
          response.on('error', fail);
          response.on('end', () =>
            finish({
              outcome: 'answer',
              status: response.statusCode ?? 0,
              retryAfterSeconds: secondsOf(response.headers['retry-after']),
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          );
          response.on('close', () => fail(new Error('answer ended early')));
        });
      let deadline: NodeJS.Timeout | undefined;
      try {
        const outgoing = begin();
        deadline = setTimeout(() => outgoing.destroy(new Error('no answer in time')), asked.timeoutMilliseconds);
        outgoing.on('error', fail);
        outgoing.end(body);
      } catch (error) {
        // A token file with control characters in it can't be sent.
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
}

function secondsOf(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
