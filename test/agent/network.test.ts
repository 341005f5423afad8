import { mkdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { CommandFailed } from "../../core/errors.ts";
import { lateNetwork } from "../../agent/network.ts";
import { run } from "../../agent/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

afterEach(() => vi.unstubAllEnvs());

/** Children of this process that hold a network of their own, or make its connections. */
const networkProcesses = async (): Promise<string[]> => {
  const text = await readFile(`/proc/self/task/${process.pid}/children`, "utf8");
  const pids = text.split(" ").filter((pid) => pid !== "");
  const ours = await readlink("/proc/self/ns/net");
  const found = await Promise.all(
    pids.map(async (pid) => {
      const name = (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim();
      const network = await readlink(`/proc/${pid}/ns/net`).catch(() => ours);
      return name === "slirp4netns" || network !== ours ? [name] : [];
    }),
  );
  return found.flat();
};

test("a network that nobody asks for is never made", async () => {
  await using folder = await temporaryFolder();
  await using _ = lateNetwork(folder.path);
  expect(await networkProcesses()).toEqual([]);
});

test("a network is one for all that ask for it, and gone when the scope ends", async () => {
  await using folder = await temporaryFolder();
  {
    await using network = lateNetwork(folder.path);
    const [one, other] = await Promise.all([network.open(), network.open()]);
    expect(one).toBe(other);
    expect(await readFile(one.resolvConf, "utf8")).toBe("nameserver 10.0.2.3\n");
    await run([...one.enter, "ip", "link", "show", "tap0"]);
    expect((await networkProcesses()).length).toBeGreaterThan(0);
  }
  expect(await networkProcesses()).toEqual([]);
});

test("a network whose scope ends while it is made is gone, too", async () => {
  await using folder = await temporaryFolder();
  {
    await using network = lateNetwork(folder.path);
    void network.open();
  }
  expect(await networkProcesses()).toEqual([]);
});

test("a network that cannot be made says why to each who asks, and leaves nothing", async () => {
  await using folder = await temporaryFolder();
  const programs = join(folder.path, "programs");
  await mkdir(programs);
  const script = "#!/bin/sh\necho 'no /dev/net/tun here' >&2\nexit 1\n";
  await writeFile(join(programs, "slirp4netns"), script, { mode: 0o755 });
  vi.stubEnv("PATH", `${programs}:${process.env["PATH"]}`);
  {
    await using network = lateNetwork(folder.path);
    const asked = await Promise.allSettled([network.open(), network.open()]);
    for (const one of asked) {
      expect(one).toMatchObject({ reason: expect.any(CommandFailed) });
      expect(one).toMatchObject({ reason: { message: expect.stringContaining("/dev/net/tun") } });
    }
    expect(await networkProcesses()).toEqual([]);
  }
});
