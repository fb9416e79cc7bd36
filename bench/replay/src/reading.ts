import { readEvents } from '../../../apps/cli/dist/replay/read-events.js';

/** Takes the events of files as `vedette replay` does, and does nothing with them: the pace without detection. */
for await (const _events of readEvents(process.argv.slice(2), { pseudonymKey: 'bench' }));
