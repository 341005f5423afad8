import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** How many lines a failure has. */
const lastLines = 20;

/**
 * Runs a program that must not be left half done: a terminal's Ctrl-C does not reach it, as it is
 * in a session of its own. Throws with its last lines when it fails.
 */
export const runToEnd = async (
  command: readonly string[],
  cwd: string,
  say: (line: string) => void,
): Promise<void> => {
  const [program = "", ...rest] = command;
  const child = spawn(program, rest, { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const tail: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      tail.push(line);
      if (tail.length > lastLines) tail.shift();
      say(line);
    });
  }
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  if (code === 0) return;
  const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
  throw new Error([`\`${command.join(" ")}\` ${how}; its last lines:`, ...tail].join("\n"));
};
