import { readdirSync, readFileSync } from 'node:fs';

/** CPU seconds of the threads of a process, by thread; empty where the system does not tell (it does on Linux). */
export type ThreadTimes = ReadonlyMap<string, { readonly name: string; readonly seconds: number }>;

/** Between two looks at the threads; what one that ended has done after the last look is missing. */
const LOOK_MS = 100;

/** Looks at the threads of a process while it runs, because they come and go. */
export function watchThreads(pid: number): { stop(): ThreadTimes } {
  const first = look(pid);
  const seen = new Map<string, { name: string; seconds: number }>();
  const note = () => {
    for (const [thread, { name, seconds }] of look(pid)) {
      seen.set(thread, { name, seconds: seconds - (first.get(thread)?.seconds ?? 0) });
    }
  };
  const timer = setInterval(note, LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      note();
      return seen;
    },
  };
}

function look(pid: number): ThreadTimes {
  const threads = new Map<string, { name: string; seconds: number }>();
  const tasks = `/proc/${pid}/task`;
  try {
    for (const thread of readdirSync(tasks)) {
      try {
        const seconds = Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e9;
        threads.set(thread, { name: readFileSync(`${tasks}/${thread}/comm`, 'utf8').trim(), seconds });
      } catch {
        // The thread has ended.
      }
    }
  } catch {
    // The process has ended, or this system has no /proc.
  }
  return threads;
}
