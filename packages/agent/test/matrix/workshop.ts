import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NEXT_PACKAGES, NODES, PACKAGES } from './subjects.js';

/** A Node to run services with. */
export interface NodeBinary {
  /** As `node --version` says it, without `v`. */
  readonly version: string;
  readonly path: string;
}

/** The folder in which services run: Nodes, frameworks and entries, installed when they are missing. */
export interface Workshop {
  readonly folder: string;
  readonly nodes: readonly NodeBinary[];
  /** Installed version of a package; `''` where there is none. */
  versionOf(name: string, folder: string): string;
}

/** Sets the folder up: `VEDETTE_MATRIX_CACHE`, or one in the system's folder for temporary files. */
export function openWorkshop(packageRoot: string): Workshop {
  const folder = process.env.VEDETTE_MATRIX_CACHE ?? join(tmpdir(), 'vedette-matrix');
  install(folder, PACKAGES);
  linkAgent(folder, packageRoot);
  const next = join(folder, 'next');
  install(next, NEXT_PACKAGES);
  linkAgent(next, packageRoot);
  copyEntries(folder, packageRoot);
  if (!existsSync(join(next, '.next/BUILD_ID'))) {
    execFileSync(process.execPath, ['node_modules/next/dist/bin/next', 'build'], {
      cwd: next,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
      stdio: 'ignore',
    });
  }
  return {
    folder,
    nodes: NODES.map((version) => nodeOf(folder, version)),
    versionOf(name, inFolder) {
      const file = join(inFolder, 'node_modules', name, 'package.json');
      return existsSync(file) ? String(JSON.parse(readFileSync(file, 'utf8')).version) : '';
    },
  };
}

function nodeOf(folder: string, version: string): NodeBinary {
  const name = `node-${process.platform}-${process.arch}`;
  const home = join(folder, `node-${version}`);
  install(home, [`${name}@${version}`]);
  const path = join(home, 'node_modules', name, 'bin/node');
  return { path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1) };
}

function install(folder: string, packages: readonly string[]): void {
  const mark = join(folder, 'installed.txt');
  const wanted = packages.join('\n');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'matrix', private: true }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(mark, wanted);
}

function linkAgent(folder: string, packageRoot: string): void {
  const link = join(folder, 'node_modules/@vedette/agent');
  rmSync(link, { force: true });
  mkdirSync(join(link, '..'), { recursive: true });
  symlinkSync(packageRoot, link);
}

/** Entries of the tests and of the matrix; each ES module also as TypeScript, which it is. */
function copyEntries(folder: string, packageRoot: string): void {
  for (const source of [join(packageRoot, 'test/apps'), join(packageRoot, 'test/matrix/fixtures')]) {
    for (const name of readdirSync(source)) {
      if (name === 'next') continue;
      copyFileSync(join(source, name), join(folder, name));
      if (name.endsWith('.mjs')) copyFileSync(join(source, name), join(folder, name.replace(/mjs$/, 'mts')));
    }
  }
  cpSync(join(packageRoot, 'test/matrix/fixtures/next'), join(folder, 'next'), { recursive: true });
}
