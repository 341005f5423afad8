#!/usr/bin/env node
// Plain JavaScript that the oldest Node in use can read: it finds a Node that is new enough.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import * as module from "node:module";
import { constants, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const needed = 24;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const major = (version) => Number(version.replace(/^v/, "").split(".")[0]);

/** The Node that `npm ci` installed in the repository, if it is new enough. */
const ownNode = () => {
  const node = here("../node_modules/node/bin/node");
  const description = here("../node_modules/node/package.json");
  if (!existsSync(node) || !existsSync(description)) return undefined;
  return major(JSON.parse(readFileSync(description, "utf8")).version) >= needed ? node : undefined;
};

/**
 * Halves the start. Not in Node's default place: what is in a folder of /tmp, another user may have
 * put there for root to run.
 */
const cacheCompiledCode = () => {
  try {
    const folder = join(userInfo().homedir, ".cache/ovenbird/node");
    module.enableCompileCache(folder);
    process.env.NODE_COMPILE_CACHE ??= folder; // for the agent, which is a process of its own
  } catch {
    // a user without a home starts without it
  }
};

/** Runs this same command by another Node and ends as that ends. */
const runBy = (node) => {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  // A terminal's Ctrl-C reaches the child twice then, which it takes for one.
  const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    for (const name of forwarded) process.removeAllListeners(name);
    if (signal === null) process.exitCode = code;
    else {
      process.exitCode = 128 + constants.signals[signal];
      process.kill(process.pid, signal);
    }
  });
};

if (major(process.versions.node) >= needed) {
  cacheCompiledCode();
  const source = new URL("../cli/main.ts", import.meta.url);
  const compiled = new URL("../dist/cli/main.js", import.meta.url);
  await import((existsSync(source) ? source : compiled).href);
} else {
  const node = ownNode();
  if (node) runBy(node);
  else {
    process.stderr.write(
      `error: ovenbird needs Node.js ${needed} or newer, and this is ${process.version}: install it, or run \`npm ci\` in the repository\n`,
    );
    process.exitCode = 3;
  }
}
