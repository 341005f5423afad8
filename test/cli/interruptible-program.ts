import { setTimeout as wait } from "node:timers/promises";
import { interruptible } from "../../cli/interruptible.ts";
import { note, outputBroken, print, watchOutput } from "../../cli/output.ts";
import { report } from "../../cli/report.ts";

// What cli/main.ts does, around work that prints and releases.
watchOutput();
try {
  await interruptible(note, async (signal) => {
    while (!signal.aborted) {
      print("at work");
      await wait(20);
    }
    await wait(500);
    if (outputBroken.aborted) note("released");
    else print("released");
    signal.throwIfAborted();
  });
} catch (error) {
  process.exitCode = report(error);
}
