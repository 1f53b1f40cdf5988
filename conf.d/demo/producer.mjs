/** Puts a job into the queue now and then, as users of a real system would. */
import { openQueue } from "./queue.mjs";
import { pause, say, stopping } from "./stopping.mjs";

const tasks = ["send the invoice", "resize the picture", "index the article", "charge the card", "build the report"];
const queue = openQueue();

while (!stopping.aborted) {
  const task = tasks[Math.floor(Math.random() * tasks.length)];
  say(`job ${queue.add(task)} added: ${task}`);
  queue.forgetOld();
  await pause(500 + Math.random() * 1500);
}
queue.close();
