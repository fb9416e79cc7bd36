// Loaded before a faulty copy of the agent (test/fault-injection.ts): makes the functions throw that the test names, in
// the environment or by message, and tells which ones ran. A message is answered by one.
const ran = new Set();
let broken = process.env.BROKEN_FUNCTION === undefined ? -1 : Number(process.env.BROKEN_FUNCTION);
let thrown = 0;
globalThis.vedetteFault = (id) => {
  ran.add(id);
  if (id !== broken) return;
  thrown++;
  throw new Error(`function ${id} is broken`);
};

process.on('message', async ({ order, id }) => {
  if (order === 'break') broken = id;
  if (order === 'mend') broken = -1;
  const agent = globalThis[Symbol.for('vedette.agent')];
  if (order === 'flush') {
    await Promise.race([agent.flush(100), new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  if (order === 'ran') {
    process.send({ ran: [...ran] });
    ran.clear();
    return;
  }
  const before = thrown;
  process.send({ thrown: before, status: order === 'break' ? undefined : agent?.status?.() });
});
if (process.channel) process.channel.unref();
