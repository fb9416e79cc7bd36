/** What one look at the set-up found. */
export interface Check {
  readonly name: string;
  /** `fail` keeps the agent from working, `warn` costs something, `info` is good to know. */
  readonly state: 'ok' | 'info' | 'warn' | 'fail';
  /** What is. */
  readonly finding: string;
  /** What to do; `''` where nothing needs to be done. */
  readonly advice: string;
}

export const ok = (name: string, finding: string): Check => ({ name, state: 'ok', finding, advice: '' });
export const info = (name: string, finding: string, advice = ''): Check => ({ name, state: 'info', finding, advice });
export const warn = (name: string, finding: string, advice: string): Check => ({
  name,
  state: 'warn',
  finding,
  advice,
});
export const fail = (name: string, finding: string, advice: string): Check => ({
  name,
  state: 'fail',
  finding,
  advice,
});
