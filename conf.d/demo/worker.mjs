/**
 * Takes jobs from the queue, one at a time. Asked to stop it finishes the job in hand and leaves; killed,
 * its next life gives the job back first: the supervisor runs one process of this name, so a job that is
 * still held under it belongs to a dead one.
 */
import { setTimeout as delay } from "node:timers/promises";
import { openQueue } from "./queue.mjs";
import { pause, say, stopping } from "./stopping.mjs";

const worker = process.env.SUPERVISOR_PROCESS_NAME ?? `worker-${process.pid}`;
const queue = openQueue();

for (const id of queue.releaseAllOf(worker)) say(`job ${id} was left unfinished, back in the queue`);

while (!stopping.aborted) {
  const job = queue.claim(worker);
  if (job === undefined) {
    await pause(200);
    continue;
  }
  const ms = 200 + Math.round(Math.random() * 600);
  await delay(ms); // the work: deliberately not cut short by a stop
  if (queue.finish(job.id, worker)) say(`job ${job.id} done in ${ms} ms: ${job.task}`);
  else say(`job ${job.id} took too long, another worker has it`);
}
queue.close();
