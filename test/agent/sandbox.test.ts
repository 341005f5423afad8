import { once } from "node:events";
import { createServer } from "node:net";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { runAgent, shell } from "../support/agent-run.ts";
import { processesWith } from "../support/processes.ts";
import { sharedBake } from "../support/shared-bake.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const shared = sharedBake();

/** A duration that no other process of this machine sleeps. */
const soLong = () => String(1e6 + Math.floor(Math.random() * 1e9));

test("a step's daemons are gone when the step ends, setsid or not", async () => {
  await using folder = await temporaryFolder();
  const [background, session] = [soLong(), soLong()];
  let left = ["the second step did not start"];
  const steps = [
    shell(`sleep ${background} & setsid sleep ${session} & sleep infinity & echo started`),
    shell("true", { name: "second" }),
  ];
  const ran = await runAgent({
    ...{ folder: folder.path, steps },
    onEvent(event) {
      if (event.event !== "step-started" || event.step !== "second") return;
      left = [background, session].flatMap((time) =>
        processesWith(`sleep ${time}`).map(({ line }) => line),
      );
    },
  });
  expect(ran.error).toBeUndefined();
  expect(left).toEqual([]);
});

const comms = shared.printed("cat /proc/[0-9]*/comm");
test("a step sees its own processes only", () => {
  const programs = comms().split("\n");
  expect(programs).toContain("sh");
  expect(programs.filter((name) => !["init", "bwrap", "cat", "sh"].includes(name))).toEqual([]);
});

const mounts = shared.printed(
  `mkdir /mnt
   mount -t tmpfs none /mnt && echo mounted
   mount -o remount,rw /sys && echo mounted
   umount /proc/irq && echo unmounted
   umount /run && echo unmounted
   unshare --user --map-root-user --mount mount -t proc none /mnt && echo mounted
   unshare --user --map-root-user --mount --pid --fork mount -t proc none /mnt && echo mounted
   unshare --user --map-root-user --mount mount -o remount,rw /sys && echo mounted
   true`,
);
test("a step may not mount, in no user namespace of its own either", () => {
  expect(mounts()).not.toMatch(/^(un)?mounted$/m);
});

const nodes = shared.printed(
  "mknod /disk b 7 0 && echo made; mknod /tmp/mem c 1 1 && echo made; true",
);
test("a step may not make device nodes, and those of the image do not work", () => {
  expect(nodes()).not.toMatch(/^made$/m);
});

const devices = shared.printed("cd /dev && find . -type b -o -type c | sort");
test("a step finds only harmless devices", () => {
  const harmless = ["full", "null", "ptmx", "pts/ptmx", "random", "tty", "urandom", "zero"];
  expect(harmless.map((name) => `./${name}`)).toEqual(
    expect.arrayContaining(devices().split("\n")),
  );
});

// the value that is there already, so that a sandbox that lets it through changes nothing
const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim();
const parameters = shared.printed(
  `echo '${pattern}' > /proc/sys/kernel/core_pattern && echo written
   for file in /proc/sysrq-trigger /sys/kernel/uevent_helper /sys/power/state; do
     [ -e $file ] && sh -c ": >> $file" && echo written
   done
   mkdir /sys/fs/cgroup/*/step && echo made
   true`,
);
test("a step cannot set this machine's kernel parameters", () => {
  expect(parameters()).not.toMatch(/^(written|made)$/m);
});

const own = shared.printed("cat /proc/self/status");
test("a step has no capability that reaches this machine", () => {
  const status = own();
  const effective = BigInt(`0x${/^CapEff:\s+(\S+)$/m.exec(status)?.[1]}`);
  const numbers = { module: 16, rawIo: 17, trace: 19, admin: 21, boot: 22, time: 25, mknod: 27 };
  const others = { readSearch: 2, netAdmin: 12, netRaw: 13, syslog: 34, bpf: 39 };
  for (const [name, bit] of Object.entries({ ...numbers, ...others })) {
    expect([name, (effective >> BigInt(bit)) & 1n]).toEqual([name, 0n]);
  }
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
});

test("a step does not see this machine's abstract sockets", async () => {
  await using folder = await temporaryFolder();
  const name = `ovenbird-test-${soLong()}`;
  const server = createServer().listen(`\0${name}`);
  await once(server, "listening");
  try {
    expect(await readFile("/proc/net/unix", "utf8")).toContain(`@${name}`);
    const steps = [shell("cat /proc/net/unix")];
    const { error, output } = await runAgent({ folder: folder.path, steps });
    expect(error).toBeUndefined();
    expect(output("shell")).not.toContain(name);
  } finally {
    server.close();
  }
});

const metadata = shared.printed(
  "ip route; ip route del blackhole 169.254.0.0/16 && echo deleted; true",
);
test("a cloud's metadata service has no route from a step", () => {
  expect(metadata()).toContain("blackhole 169.254.0.0/16");
  expect(metadata()).not.toMatch(/^deleted$/m);
});

const network = shared.printed("cat /etc/resolv.conf; ip -4 -o addr show tap0; ip route");
test("a step has a network of its own, with its own resolver", () => {
  const seen = network();
  expect(seen).toContain("nameserver 10.0.2.3");
  expect(seen).toMatch(/inet 10\.0\.2\.\d+\/24/);
  expect(seen).toMatch(/^default via 10\.0\.2\.2/m);
});

const host = shared.printed(
  `ipcs -m | grep -c 0x || true
   hostname step && echo named
   ls -A /dev/shm /dev/pts; tty || true`,
);
test("a step's host name, shared memory and terminal are not this machine's", () => {
  const seen = host();
  expect(seen).not.toMatch(/^named$/m);
  expect(seen).toContain("not a tty");
});
