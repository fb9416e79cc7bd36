#!/usr/bin/env node
import { Command } from 'commander';
import { registerDemo } from './commands/demo.js';
import { registerExplain } from './commands/explain.js';
import { registerImport } from './commands/import.js';
import { registerPseudonym } from './commands/pseudonym.js';
import { registerReplay } from './commands/replay.js';
import { registerStart } from './commands/start.js';
import { registerToken } from './commands/token.js';
import { reportError } from './report-error.js';

const program = new Command('vedette')
  .description('Runtime monitor for HTTP APIs: sees attacks in the traffic of your services and tells you why')
  .showHelpAfterError();

registerStart(program);
registerDemo(program);
registerReplay(program);
registerImport(program);
registerExplain(program);
registerPseudonym(program);
registerToken(program);

program.parseAsync().catch(reportError);
