import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailed } from "../core/errors.ts";
import { run } from "./run.ts";

/** A network of its own for what runs in the image. */
export interface StepNetwork extends AsyncDisposable {
  /** Put before a program, this runs it in the network. */
  enter: string[];
  /** A resolv.conf that names the network's resolver. */
  resolvConf: string;
}

/** slirp4netns' own resolver; it asks the host's. */
const resolver = "10.0.2.3";

/** Link-local addresses: on a cloud's machines, its metadata service with their credentials. */
const linkLocal = "169.254.0.0/16";

/**
 * A network namespace with egress and DNS, and no way to this machine's loopback, its abstract
 * sockets, or link-local addresses. slirp4netns makes the connections as an ordinary program, so
 * that nothing is set up on the host, and nothing can be left there.
 */
export const openNetwork = async (scratch: string): Promise<StepNetwork> => {
  // a process holds the namespace: bound to a file, it would outlive us
  const holder = spawn("unshare", ["--net", "--", "sh", "-c", "echo; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  const enter = ["nsenter", `--net=/proc/${holder.pid}/ns/net`, "--"];
  const slirp = spawn(
    "slirp4netns",
    [
      ...["--configure", "--mtu=65520", "--disable-host-loopback", "--ready-fd=3"],
      ...[String(holder.pid), "tap0"],
    ],
    { stdio: ["ignore", "ignore", "pipe", "pipe"] },
  );
  await ready(slirp);
  await run([...enter, "ip", "route", "add", "blackhole", linkLocal]);
  const resolvConf = join(scratch, "resolv.conf");
  await writeFile(resolvConf, `nameserver ${resolver}\n`);
  return {
    enter,
    resolvConf,
    async [Symbol.asyncDispose]() {
      const ended = Promise.all([once(slirp, "exit"), once(holder, "exit")]);
      slirp.kill("SIGKILL");
      holder.kill("SIGKILL");
      await ended;
    },
  };
};

const ready = async (slirp: ReturnType<typeof spawn>): Promise<void> => {
  let complaint = "";
  slirp.stderr?.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2048);
  });
  const signal = slirp.stdio[3];
  if (signal === null || signal === undefined) throw new Error("a pipe was asked for");
  const up = once(signal, "data").then(() => true);
  const down = once(slirp, "exit").then(() => false);
  if (await Promise.race([up, down])) return;
  throw new CommandFailed(`slirp4netns ended before the network was up\n${complaint}`);
};
