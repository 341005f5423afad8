import { createServer } from "node:net";
import { createServer as httpServer } from "node:http";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemCalls, noSystemCalls } from "../support/system-calls.ts";
import { type Kitchen, openKitchen } from "../support/whole-bakes.ts";

/* Steps that want more of this machine than they get, in whole bakes of a stock disk. */

let kitchen: Kitchen;
beforeAll(async () => {
  kitchen = await openKitchen();
});
afterAll(() => kitchen[Symbol.asyncDispose]());

/** Bakes with one shell step, which must succeed; what it printed. */
const inStep = async (shell: string, more: object = {}): Promise<string> => {
  const { status, printed } = await kitchen.spring({ configure: [{ shell, ...more }] });
  expect(status, printed).toBe(0);
  return printed;
};

test("this machine's services, its own addresses and a cloud's metadata answer no step", async () => {
  let asked = 0;
  const server = httpServer((_, response) => response.end(`answer ${++asked}`)).listen(
    0,
    "0.0.0.0",
  );
  await once(server, "listening");
  const abstract = createServer(() => asked++).listen("\0ovenbird-canary");
  await once(abstract, "listening");
  const { port } = server.address() as { port: number };
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
  try {
    await inStep(`for host in 127.0.0.1 localhost 10.0.2.2 0.0.0.0 127.1.2.3 169.254.169.254 169.254.170.2 ${own.join(" ")}; do
      for port in ${port} 80; do
        if busybox wget -T 2 -q -O - http://$host:$port/; then echo "reached $host"; exit 9; fi
      done
    done
    if grep ovenbird-canary /proc/net/unix; then exit 8; fi`);
    expect(asked).toBe(0);
  } finally {
    server.close();
    abstract.close();
  }
});

test("this machine's kernel, processes, mounts and devices are not a step's", async () => {
  const hostName = (await readFile("/proc/sys/kernel/hostname", "utf8")).trim();
  const printed = await inStep(`
    refused() { if "$@" > /out 2>&1; then echo "done: $*"; cat /out; exit 9; fi; }
    refused dmesg; refused head -c 1 /dev/kmsg; refused head -c 1 /dev/mem; refused head -c 1 /dev/loop0
    refused mknod /disk b 254 0; refused mknod /disk c 1 1; refused insmod /boot/vmlinuz-1
    refused mount -t tmpfs none /mnt; refused mount -t proc none /proc; refused umount /proc; refused umount /run
    refused mount -o remount,rw /sys; refused mount --bind / /mnt; refused pivot_root / /mnt
    refused unshare -U true; refused unshare -m true; refused nsenter -t 1 -m true
    refused swapon /boot/vmlinuz-1; refused swapoff /boot/vmlinuz-1; refused hwclock -w;
    refused hostname owned; refused ls /proc/1/root/work /proc/1/root/oldroot
    refused sh -c 'echo 1 > /proc/sys/kernel/panic'; refused sh -c 'echo c > /proc/sysrq-trigger'
    refused sh -c 'echo x > /proc/sys/kernel/core_pattern'; refused sh -c 'echo 1 > /proc/1/oom_score_adj || exit 1; exit 1'
    refused ls /sys/fs/cgroup/memory /sys/block /sys/firmware
    refused ip link set lo down; refused reboot -f; refused poweroff -f; refused halt -f
    for pid in /proc/[0-9]*; do tr '\\0' ' ' < $pid/cmdline; echo; done > /seen 2> /dev/null
    cat /seen; cat /proc/[0-9]*/environ | tr '\\0' ' '; cat /proc/mounts /proc/self/mountinfo; hostname; cat /proc/self/cgroup`);
  expect(printed).not.toMatch(/done: /);
  expect(printed).not.toMatch(/OVENBIRD_STARTED_AS|vitest|agent\/main\.ts|slirp4netns/);
  if (hostName !== "localhost") expect(printed).not.toContain(`\n${hostName}\n`);
});

const event = (fields: object) => JSON.stringify({ at: 1, ...fields });

test("what a step writes to its descriptors is not taken for the agent's own words", async () => {
  const lies = [
    event({ event: "step-finished", step: "shell 1", status: "failed", seconds: 1 }),
    event({ event: "step-started", step: "owned" }),
    '{"status":"failed","error":"NotFound","message":"owned"}',
    "not json at all",
    '{"event":"step-output"',
  ];
  const { status, printed } = await kitchen.spring({
    options: ["--json"],
    configure: [
      {
        shell: {
          allowed_exit_codes: [0, 137],
          inline: `${lies.map((lie) => `echo '${lie}'; echo '${lie}' >&2`).join("\n")}
          for fd in /proc/self/fd/*; do n=\${fd##*/}; [ $n -gt 2 ] || continue; echo '${lies[0]}' >&$n || true; done 2> /dev/null
          for n in 3 4 5 6 7 8 9; do (eval "echo '${lies[1]}' >&$n") 2> /dev/null || true; done
          kill -9 $PPID 2> /dev/null || true; kill -9 1 2> /dev/null || true; kill -9 -1 2> /dev/null || true`,
        },
      },
    ],
  });
  expect(status, printed).toBe(0);
  const events = printed
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { event: string; step?: string });
  expect(events.some(({ step, event }) => step === "owned" && event === "step-started")).toBe(
    false,
  );
  expect(events.filter(({ event }) => event === "step-output").length).toBeGreaterThan(lies.length);
});

test("a step that kills all it can ends by name, and so does the bake", async () => {
  const { status, stderr } = await kitchen.spring({
    configure: [{ name: "killer", shell: "kill -9 -1; kill -9 $PPID; kill -9 $$" }],
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/step 1 "killer"/);
});

test("a fork bomb ends with its step's time", async () => {
  const { status, stderr } = await kitchen.spring({
    configure: [{ name: "bomb", shell: "b() { b | b & b; }; b", timeout: "3s" }],
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/step 1 "bomb"/);
});

test("a daemon that swaps links while the disk is cleaned is dead by then", async () => {
  const { status, printed, look } = await kitchen.spring({
    commands: "echo $HOST > host",
    configure: [
      {
        shell: `swap() { while :; do
            for one in /etc/machine-id /etc/resolv.conf /usr/sbin/policy-rc.d /var/log/x; do
              ln -sf "$(cat /host)/etc/passwd" $one; rm -f $one; done; done; }
          mkdir -p /var/log; swap > /dev/null 2>&1 & setsid sh -c "$(cat << 'END'
            trap '' HUP TERM; while :; do rm -rf /var/log; ln -s "$(cat /host)/var/log" /var/log; rm -f /var/log; mkdir /var/log; done
END
          )" > /dev/null 2>&1 &
          sleep 1`,
      },
      { shell: "true" },
    ],
  });
  expect(status, printed).toBe(0);
  expect(await look('stat -c "%F %s" "$ROOT/etc/machine-id"')).toBe("regular empty file 0\n");
});

test.skipIf(noSystemCalls !== "")(`system calls fail there, too${noSystemCalls}`, async () => {
  /** Numbers of x86_64: each of these must fail. */
  const calls: Record<string, [number, ...(number | string | Buffer)[]]> = {
    bpf: [321, 0, Buffer.alloc(72), 72],
    iouring: [425, 8, Buffer.alloc(120)],
    keyctl: [250, 0, -3, 1],
    clone: [56, 0x10000000 + 17, 0],
    setns: [308, 0, 0],
    settime: [227, 0, Buffer.alloc(16)],
    reboot: [169, 0xfee1dead, 672274793, 0x1234567],
    swapon: [167, "/boot/vmlinuz-1", 0],
    module: [175, Buffer.alloc(64), 64, ""],
    handle: [304, 0, Buffer.alloc(16), 0],
    packets: [41, 17, 3, 0],
    vsock: [41, 40, 1, 0],
    syslog: [103, 3, Buffer.alloc(64), 64],
  };
  for (const [name, [number, ...rest]] of Object.entries(calls)) {
    const path = join(kitchen.folder, "recipes", `call-${name}`);
    await writeFile(path, systemCalls([{ number, arguments: rest }]), { mode: 0o755 });
  }
  const names = Object.keys(calls);
  const { status, printed } = await kitchen.spring({
    configure: [
      {
        files: names.map((name) => ({
          path: `/bin/call-${name}`,
          source: `call-${name}`,
          mode: "0755",
        })),
      },
      {
        shell: `for one in ${names.join(" ")}; do if /bin/call-$one; then echo "done: $one"; exit 9; fi; done`,
      },
    ],
  });
  expect(status, printed).toBe(0);
  expect(printed).not.toContain("done: ");
});
