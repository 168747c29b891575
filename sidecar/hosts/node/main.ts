import { runAgent } from '../../agent.ts';
import { makeNodeHost } from './host.ts';

await runAgent(makeNodeHost(process));
