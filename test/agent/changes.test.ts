import { describe, expect, test } from "vitest";
import type { PackagesStep, ServicesStep, Step, UserEntry } from "../../core/step.ts";
import { runAgent, shell } from "../support/agent-run.ts";
import { lookInside } from "../support/look-inside.ts";
import { sharedBake } from "../support/shared-bake.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Argvs in what the image's recording programs wrote. */
const callsIn = (lines: readonly string[]): string[][] =>
  lines
    .join("\n")
    .split(/\n(?! )/)
    .map((call) => call.split("\n  "))
    .filter((call) => !call.includes("systemd-networkd.service"));

/** One image for all steps that succeed, with apk as its package manager. */
const shared = sharedBake({ programs: ["apk"] });
let changes = 0;

/** Has that step done in it; answers what it called: a list of argvs. */
const called = (step: Step): (() => Promise<string[][]>) => {
  const file = `/var/called-by-${++changes}`;
  const { look } = shared.add([step, shell(`mv /var/called ${file}`)]);
  return async () => callsIn(await look(`cat .${file}`));
};

const packages = (more: Partial<PackagesStep>): PackagesStep => ({
  ...{ kind: "packages", name: "packages", timeout: 60, install: [], remove: [], upgrade: false },
  ...more,
});

describe("a packages step", () => {
  test("upgrades, removes and installs, in that order, by the image's own manager", async () => {
    const step = packages({ upgrade: true, remove: ["nano"], install: ["nginx", "curl"] });
    await using folder = await temporaryFolder();
    const order = { folder: folder.path, steps: [step], programs: ["apt-get", "dnf"] };
    const { error, disk } = await runAgent(order);
    expect(error).toBeUndefined();
    const calls = callsIn((await lookInside(disk, 'cat "$ROOT/var/called"')).trim().split("\n"));
    expect(calls.map((call) => call.slice(call.lastIndexOf("-o") + 2))).toEqual([
      ["update"],
      ["upgrade", "--with-new-pkgs"],
      ["remove", "--", "nano"],
      ["install", "--", "nginx", "curl"],
    ]);
    expect(new Set(calls.map(([program]) => program))).toEqual(new Set(["apt-get"]));
  });

  const removes = called(packages({ remove: ["nano"] }));
  test("only removes without fetching lists", async () => {
    expect(await removes()).toEqual([["apk", "del", "--", "nano"]]);
  });

  test("is refused by an image without a package manager, naming those we know", async () => {
    await using folder = await temporaryFolder();
    const steps = [packages({ install: ["nginx"] })];
    const { error } = await runAgent({ folder: folder.path, steps });
    expect(error).toMatchObject({ name: "StepFailed" });
    expect(error?.message).toContain("apt-get, dnf, zypper, apk");
  });

  test("that fails shows what the manager said last", async () => {
    await using folder = await temporaryFolder();
    const broken = "#!/bin/sh\necho no such package: $3\nexit 100\n";
    const steps = [
      shell(`printf '${broken}' > /usr/bin/apk; chmod 755 /usr/bin/apk`),
      packages({ remove: ["nano"] }),
    ];
    const { error } = await runAgent({ folder: folder.path, steps });
    expect(error).toMatchObject({ name: "StepFailed" });
    expect(error?.message).toContain('step 2 "packages": apk del -- nano ended with status 100');
    expect(error?.message).toContain("no such package: nano");
  });
});

const services = (more: Partial<ServicesStep>): ServicesStep => ({
  ...{ kind: "services", name: "services", timeout: 60, enable: [], disable: [], mask: [] },
  ...more,
});

describe("a services step", () => {
  const step = services({ enable: ["nginx", "--root=/"], disable: ["a"], mask: ["b"] });
  const changed = called(step);
  test("enables, disables and masks by systemctl; a name is never an option", async () => {
    expect(await changed()).toEqual([
      ["systemctl", "enable", "--", "nginx"],
      ["systemctl", "enable", "--", "--root=/"],
      ["systemctl", "disable", "--", "a"],
      ["systemctl", "mask", "--", "b"],
    ]);
  });
});

const users = (...entries: Partial<UserEntry>[]): Step => ({
  ...{ kind: "users", name: "users", timeout: 60 },
  users: entries.map((entry) => ({
    ...{ name: "wren", groups: [], comment: "", system: false, sshAuthorizedKeys: [] },
    ...entry,
  })),
});

describe("a users step", () => {
  const made = called(
    users({
      ...{ uid: 2000, groups: ["bird", "nest"], comment: "A wren", shell: "/bin/sh" },
      sshAuthorizedKeys: ["ssh-ed25519 AAAA wren"],
    }),
  );
  test("makes a user with the groups it is in, and its keys", async () => {
    expect(await made()).toEqual([
      ["groupadd", "--", "nest"],
      [
        ...["useradd", "--create-home", "--user-group", "--uid", "2000", "--groups", "bird,nest"],
        ...["--comment", "A wren", "--shell", "/bin/sh", "--", "wren"],
      ],
    ]);
    expect(await shared.look("stat -c '%a %u %n' home/wren/.ssh home/wren/.ssh/*")).toEqual([
      ...["700 2000 home/wren/.ssh", "600 2000 home/wren/.ssh/authorized_keys"],
    ]);
  });

  const changed = called(users({ name: "bird", groups: ["root"], shell: "/bin/ash" }));
  test("changes a user that the image has", async () => {
    expect(await changed()).toEqual([
      [
        ...["usermod", "--append", "--groups", "root", "--comment", ""],
        ...["--shell", "/bin/ash", "--", "bird"],
      ],
    ]);
  });

  const system = called(users({ name: "robin", system: true, group: "bird" }));
  test("makes a system user without a home", async () => {
    expect(await system()).toEqual([
      ["useradd", "--system", "--gid", "bird", "--comment", "", "--", "robin"],
    ]);
  });
});
