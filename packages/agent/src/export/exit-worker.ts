import http from 'node:http';
import https from 'node:https';
import { workerData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import type { ExitJob } from './exit-sender.js';

const job: ExitJob = workerData;
const state = new Int32Array(job.progress);

/** Sends one body after the other; gives up at the first that is not taken. */
function sendFrom(index: number): void {
  const next = job.calls[index];
  if (!next) {
    finish();
    return;
  }
  const { request } = job.collectorUrl.startsWith('https:') ? https : http;
  const compressed = gzipSync(next.body, { level: 1 });
  const call = request(
    `${job.collectorUrl}${next.path}`,
    {
      method: 'POST',
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
        'content-length': compressed.length,
        ...(job.token === '' ? {} : { authorization: `Bearer ${job.token}` }),
      },
    },
    (response) => {
      response.resume();
      response.on('end', () => {
        if ((response.statusCode ?? 500) >= 300) {
          finish();
          return;
        }
        Atomics.store(state, 1, index + 1);
        sendFrom(index + 1);
      });
    },
  );
  call.on('error', finish);
  call.end(compressed);
}

function finish(): void {
  Atomics.store(state, 0, 1);
  Atomics.notify(state, 0);
}

// A fault here must not let the process wait for its time to run out.
process.on('uncaughtException', finish);
setTimeout(finish, job.timeoutMs);
sendFrom(0);
