import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { BlockList } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { CommandFailed } from "../core/errors.ts";
import { run } from "./run.ts";

/** A network of its own for what runs in the image. */
export interface StepNetwork {
  /** Put before a program, this runs it in the network. */
  enter: string[];
  /** A resolv.conf that names the network's resolver. */
  resolvConf: string;
}

/** A network that is made when something first needs it: a bake without steps has no use for it. */
export interface LateNetwork extends AsyncDisposable {
  /** The same one whenever it is asked for. Throws CommandFailed. */
  open(): Promise<StepNetwork>;
}

interface Namespace extends AsyncDisposable {
  enter: string[];
}

/** slirp4netns' own resolver; it asks the host's. */
const resolver = "10.0.2.3";

/** slirp4netns' network; it answers for these addresses itself, whoever else has them. */
const ownNetwork = new BlockList();
ownNetwork.addSubnet("10.0.2.0", 24);

/**
 * Link-local addresses: on a cloud's machines, its metadata service with their credentials. And
 * what is not for one other machine: multicast, and all that is reserved.
 */
const noRoute = ["169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"];

/** A network with its resolver; `scratch` is a folder on a tmpfs. */
export const lateNetwork = (scratch: string): LateNetwork => {
  const scope = new AsyncDisposableStack();
  const open = async (): Promise<StepNetwork> => {
    const { enter } = scope.use(await openNamespace());
    const resolvConf = join(scratch, "resolv.conf");
    await writeFile(resolvConf, `nameserver ${resolver}\n`);
    return { enter, resolvConf };
  };
  let opened: Promise<StepNetwork> | undefined;
  return {
    open: () => (opened ??= open()),
    async [Symbol.asyncDispose]() {
      await opened?.catch(() => undefined); // whoever asked for it heard of it
      await scope.disposeAsync();
    },
  };
};

/**
 * A network namespace with egress and DNS, and no way to this machine or to link-local addresses.
 * slirp4netns makes the connections as an ordinary program, so that nothing is set up on the host,
 * and nothing can be left there. It is itself shut in, as it reads what steps send.
 *
 * This machine's own addresses are refused as its loopback is: a connection that slirp4netns makes
 * to them comes from the machine itself, so that no firewall looks at it and services trust it.
 * There is no IPv6: slirp4netns calls its own experimental, so nothing of IPv6 is reached either.
 */
const openNamespace = async (): Promise<Namespace> => {
  await using held = new AsyncDisposableStack();
  // a process holds the namespace: bound to a file, it would outlive us
  const holder = spawn("unshare", ["--net", "--", "sh", "-c", "echo; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  held.defer(() => killed(holder));
  await once(holder.stdout, "data");
  const enter = ["nsenter", `--net=/proc/${holder.pid}/ns/net`, "--"];
  const slirp = spawn(
    "slirp4netns",
    [
      ...["--configure", "--mtu=65520", "--disable-host-loopback", "--ready-fd=3"],
      ...["--enable-sandbox", "--enable-seccomp"],
      ...[String(holder.pid), "tap0"],
    ],
    { stdio: ["ignore", "ignore", "pipe", "pipe"] },
  );
  held.defer(() => killed(slirp));
  await ready(slirp);
  const routes = [...noRoute, ...machineAddresses()].map((to) => `route add blackhole ${to}\n`);
  await run([...enter, "ip", "-batch", "-"], { input: routes.join("") });
  const namespace = held.move();
  return { enter, [Symbol.asyncDispose]: () => namespace.disposeAsync() };
};

const killed = async (child: ChildProcess): Promise<void> => {
  const isOver = child.exitCode !== null || child.signalCode !== null;
  if (isOver || child.pid === undefined) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
};

/**
 * Put before a program of this machine, this runs it in the network, with its resolver; whatever
 * it starts ends with it.
 */
export const contained = ({ enter, resolvConf }: StepNetwork): string[] => [
  ...enter,
  ...["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--"],
  ...["sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolvConf],
];

/** This machine's IPv4 addresses but those of its loopback's own network. */
const machineAddresses = (): string[] => {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const reached = all
    .filter(({ family, address }) => family === "IPv4" && !address.startsWith("127."))
    .filter(({ address }) => !ownNetwork.check(address) && !address.startsWith("169.254."));
  return [...new Set(reached.map(({ address }) => address))];
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
