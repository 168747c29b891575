import type { TestProject } from 'vitest/node';
import { makeProgress } from '#infra/progress.ts';
import { crate, ensureAgentProgram } from '#infra/rust/agent-program.ts';
import { readSettings } from '#infra/settings.ts';
import type { Programs } from './programs.ts';

/** Builds the programs that the tests run, from what is in the tree now. */
export async function setup(project: TestProject): Promise<void> {
  const { cacheDirectory } = readSettings('test');
  const progress = makeProgress(process.stdout);
  const agent = await ensureAgentProgram(cacheDirectory, progress);
  const driver = await ensureAgentProgram(cacheDirectory, progress, `${crate}/driver.ts`);
  const problem = 'problem' in agent ? agent : 'problem' in driver ? driver : undefined;
  if (problem !== undefined) progress.say(`The agent’s Rust host is not tested: ${problem.problem}.`);
  const paths = 'path' in agent && 'path' in driver ? { agent: agent.path, driver: driver.path } : undefined;
  const programs: Programs = paths ?? { problem: problem?.problem ?? '' };
  project.provide('quickJsPrograms', programs);
}
