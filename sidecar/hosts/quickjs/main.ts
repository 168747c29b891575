import { runAgent } from '../../agent.ts';
import { makeQuickJsHost } from './host.ts';
import type { Native } from './native.ts';

declare const native: Native;

void runAgent(makeQuickJsHost(native));
