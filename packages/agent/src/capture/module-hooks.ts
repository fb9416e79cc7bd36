import { existsSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import type { FaultGuard } from '../fault-guard.js';
import { sawFramework } from './frameworks.js';
import { canHookHono, HONO_COMMON_HOOK, HONO_HOOK, watchHono } from './hono-route.js';
import { watchKoa } from './koa-route.js';

/** What of `node:module` is not in the types of the oldest supported Node. */
interface ModuleInternals {
  readonly prototype: { _compile(this: NodeModule, content: string, filename: string, ...more: unknown[]): unknown };
  readonly register?: (specifier: string) => void;
  /** Node 22.15 and later. */
  readonly registerHooks?: (hooks: { load: LoadHook }) => { deregister(): void };
}

type LoadHook = (url: string, context: unknown, next: (url: string, context: unknown) => Loaded) => Loaded;

interface Loaded {
  source?: unknown;
}

const NEST = /[\\/]@nestjs[\\/]core[\\/]index\.js$/;
const KOA = /[\\/]koa[\\/]lib[\\/]application\.js$/;
const HONO_COMMON = /[\\/]hono[\\/]dist[\\/]cjs[\\/]context\.js$/;
const HONO_ESM = /\/hono\/dist\/context\.js$/;

const { prototype, register, registerHooks } = Module as unknown as ModuleInternals;

/**
 * Hooks into frameworks that leave nothing on the raw request, while they are loaded.
 *
 * CommonJS files, to which Koa belongs also where it is imported, pass `Module.prototype._compile` once each, so nothing
 * is paid for `require` of what is loaded already. Hono's ES modules pass only module hooks, which are installed only where
 * Hono is: before Node 22.15 they need a thread of their own.
 */
export function watchModules(guard: FaultGuard): void {
  watchHono(guard);
  const { _compile } = prototype;
  prototype._compile = function (content, filename, ...more) {
    const source = guard.run(() => commonSource(filename, content)) ?? content;
    const result = _compile.call(this, source, filename, ...more);
    if (KOA.test(filename)) guard.run(() => watchKoa(this.exports, guard));
    else if (NEST.test(filename)) sawFramework('nestjs');
    return result;
  };
  guard.run(() => {
    if (isInstalled('hono')) hookEsModules(guard);
  });
}

function commonSource(filename: string, content: string): string {
  return HONO_COMMON.test(filename) && canHookHono(content) ? content + HONO_HOOK + HONO_COMMON_HOOK : content;
}

function hookEsModules(guard: FaultGuard): void {
  if (registerHooks === undefined) {
    register?.(`data:text/javascript,${encodeURIComponent(LOADER)}`);
    return;
  }
  const hooks = registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!HONO_ESM.test(url)) return loaded;
      return (
        guard.run(() => {
          hooks.deregister();
          const source = textOf(loaded.source);
          return canHookHono(source) ? { ...loaded, source: source + HONO_HOOK } : loaded;
        }) ?? loaded
      );
    },
  });
}

/** The same for the loader's own thread. */
const LOADER = `
export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!${HONO_ESM}.test(url) || loaded.source == null) return loaded;
  const source = ${textOf.name}(loaded.source);
  return ${canHookHono.name}(source) ? { ...loaded, source: source + ${JSON.stringify(HONO_HOOK)} } : loaded;
}
${textOf}
${canHookHono}
`;

function textOf(source: unknown): string {
  return typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString('utf8');
}

/** Whether a package is in a `node_modules` folder above the working directory or the service's entry. */
function isInstalled(name: string): boolean {
  const entry = process.argv[1];
  return [process.cwd(), ...(entry === undefined ? [] : [dirname(entry)])].some((start) => {
    for (let folder = start; ; folder = dirname(folder)) {
      if (existsSync(join(folder, 'node_modules', name, 'package.json'))) return true;
      if (dirname(folder) === folder) return false;
    }
  });
}
