import { setTimeout as delay } from 'node:timers/promises';
import { eat } from './eat.ts';
import { exitUnlessUsable } from './faults.ts';
import { makeHealthService } from './health-service.ts';
import { logLine } from './log.ts';
import { makeServer } from './server.ts';
import { readFaultyAppSettings } from './settings.ts';
import { openState } from './state.ts';

const settings = readFaultyAppSettings();

// Without a handler the first process of a container ignores SIGTERM, and each stop would take its whole grace period.
process.once('SIGTERM', () => {
  logLine('exit', { exitCode: 0, why: 'SIGTERM' });
  process.exit(0);
});

if (settings.mode === 'job') {
  logLine('job started');
  await delay(settings.jobSeconds * 1000);
  logLine('exit', { exitCode: settings.jobExitCode, why: 'job done' });
  process.exit(settings.jobExitCode);
}

if (settings.password !== undefined) logLine('connecting', { with: `user=shop password=${settings.password}` });
const state = openState(settings.stateDirectory);
exitUnlessUsable(state, logLine);
const appetiteMib = state.appetiteMib();
if (appetiteMib !== undefined) logLine('eating', { appetiteMib });
/** Held for as long as the process lives. */
const eaten = eat(appetiteMib ?? settings.neededMib);
if (settings.grpcPort !== undefined) makeHealthService(state).listen(settings.grpcPort);
makeServer(state, logLine).listen(settings.port, () =>
  logLine('listening', { port: settings.port, held: eaten.length }),
);
