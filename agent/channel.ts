import type { AgentEvent } from "../core/agent-event.ts";
import type { Mask } from "./mask.ts";

/** How the agent speaks while it works: a JSON line an event, secrets masked. */
export interface Channel {
  /** Runs `work` as a step of that name: tells its start, its output and how it ended. */
  step<Result>(
    name: string,
    work: (say: (line: string) => void) => Promise<Result>,
  ): Promise<Result>;
  skipped(name: string, reason: string): void;
}

/** Characters of a step's output that are passed on; a step that prints a gigabyte says so. */
const outputLimit = 4 * 1024 ** 2;

export const openChannel = (write: (line: string) => void, mask: Mask): Channel => {
  const tell = (event: AgentEvent) => write(JSON.stringify(event));
  return {
    async step(name, work) {
      const started = Date.now();
      tell({ event: "step-started", at: started, step: name });
      const output = limited((text) =>
        tell({ event: "step-output", at: Date.now(), step: name, text: mask(text) }),
      );
      const end = (status: "succeeded" | "failed") => {
        output.end();
        const at = Date.now();
        tell({ event: "step-finished", at, step: name, status, seconds: (at - started) / 1000 });
      };
      try {
        const result = await work(output.say);
        end("succeeded");
        return result;
      } catch (error) {
        end("failed");
        throw error;
      }
    },
    skipped(name, reason) {
      const at = Date.now();
      tell({ event: "step-started", at, step: name });
      tell({ event: "step-finished", at, step: name, status: "skipped", seconds: 0, reason });
    },
  };
};

/** Passes lines on until the limit, then only counts them. */
const limited = (pass: (text: string) => void) => {
  let room = outputLimit;
  let dropped = 0;
  return {
    say(line: string) {
      if (room <= 0) {
        dropped += line.length + 1;
        return;
      }
      room -= line.length + 1;
      pass(line);
    },
    end() {
      if (dropped > 0) pass(`… and ${dropped} more characters, not shown`);
    },
  };
};
