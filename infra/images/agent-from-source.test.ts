import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { crateFiles } from '../rust/agent-program.ts';

const dockerfile = readFileSync(new URL('agent-from-source.Dockerfile', import.meta.url), 'utf8');
const built = readFileSync(new URL('agent.Dockerfile', import.meta.url), 'utf8');
const files = new Map((await crateFiles()).map(([path, content]) => [path, content.toString()]));
const manifest = files.get('Cargo.toml') ?? '';

/** The parts of a version that are compared: 1.95 of 1.95-slim-bookworm. */
function version(text: string | undefined): number[] {
  return (text ?? '').split('.').map(Number);
}

test('the crate that Docker builds is whole: its manifest, lock, flags, build script and both roots', () => {
  const needed = ['Cargo.toml', 'Cargo.lock', 'build.rs', '.cargo/config.toml', 'src/lib.rs', 'src/main.rs'];
  expect([...files.keys()]).toEqual(expect.arrayContaining(needed));
  const modules = [...(files.get('src/lib.rs') ?? '').matchAll(/^mod (\w+);$/gm)].map(([, name]) => name ?? '');
  expect(modules.length).toBeGreaterThan(10);
  for (const name of modules) expect(files.has(`src/${name}.rs`) || files.has(`src/${name}/mod.rs`), name).toBe(true);
});

test('the script lies where the build script looks for it, beside the crate', () => {
  expect(dockerfile).toContain('COPY . /crate\nWORKDIR /crate\nENV AGENT_SCRIPT=/crate/agent.js\n');
  expect(files.get('build.rs')).toContain('AGENT_SCRIPT');
  expect(files.has('agent.js')).toBe(false);
});

test('what is copied from the build is what cargo calls the program', () => {
  const [, name] = /\[\[bin\]\]\nname = "(.+)"/.exec(manifest) ?? [];
  expect(dockerfile).toContain(`--bin ${name} `);
  expect(dockerfile).toContain(`COPY --from=build /crate/target/release/${name} /agent\n`);
});

test('the toolchain of the build is one that the crate can be built with', () => {
  const [, image] = /^FROM rust:(\d+\.\d+)-slim-\w+ AS build$/m.exec(dockerfile) ?? [];
  const [, least] = /^rust-version = "(.+)"$/m.exec(manifest) ?? [];
  const [[major = 0, minor = 0], [leastMajor = 0, leastMinor = 0]] = [version(image), version(least)];
  expect(major * 1_000 + minor).toBeGreaterThanOrEqual(leastMajor * 1_000 + leastMinor);
});

test('the image is the same as the one around a program that was built before', () => {
  const final = (text: string): string => text.slice(text.indexOf('FROM scratch')).replace(/^COPY .*$/m, '');
  expect(final(dockerfile)).toBe(final(built));
});
