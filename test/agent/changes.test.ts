import { describe, expect, test } from "vitest";
import type { PackagesStep, ServicesStep, Step, UserEntry } from "../../core/step.ts";
import { runAgent, shell } from "../support/agent-run.ts";
import { lookInside } from "../support/look-inside.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** What a step has called in the image: a list of argvs. */
const called = async (step: Step, programs: readonly string[] = []) => {
  await using folder = await temporaryFolder();
  const { error, disk } = await runAgent({ folder: folder.path, steps: [step], programs });
  if (error !== undefined) return { error, calls: [], seen: "" };
  const seen = await lookInside(
    disk,
    `cat "$ROOT/var/called"; echo; cat "$ROOT/etc/passwd"
     stat -c '%a %u %n' "$ROOT"/home/*/.ssh "$ROOT"/home/*/.ssh/* 2> /dev/null || true`,
  );
  const [text = "", rest = ""] = seen.split("\n\n");
  const calls = text.split(/\n(?! )/).map((call) => call.split("\n  "));
  return {
    error,
    calls: calls.filter((call) => !call.includes("systemd-networkd.service")),
    seen: rest,
  };
};

const packages = (more: Partial<PackagesStep>): PackagesStep => ({
  ...{ kind: "packages", name: "packages", timeout: 60, install: [], remove: [], upgrade: false },
  ...more,
});

describe("a packages step", () => {
  test("upgrades, removes and installs, in that order, by the image's own manager", async () => {
    const step = packages({ upgrade: true, remove: ["nano"], install: ["nginx", "curl"] });
    const { calls } = await called(step, ["apt-get", "dnf"]);
    expect(calls.map((call) => call.slice(call.lastIndexOf("-o") + 2))).toEqual([
      ["update"],
      ["upgrade", "--with-new-pkgs"],
      ["remove", "--", "nano"],
      ["install", "--", "nginx", "curl"],
    ]);
    expect(new Set(calls.map(([program]) => program))).toEqual(new Set(["apt-get"]));
  });

  test("only removes without fetching lists", async () => {
    const { calls } = await called(packages({ remove: ["nano"] }), ["apk"]);
    expect(calls).toEqual([["apk", "del", "--", "nano"]]);
  });

  test("is refused by an image without a package manager, naming those we know", async () => {
    const { error } = await called(packages({ install: ["nginx"] }));
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
  test("enables, disables and masks by systemctl; a name is never an option", async () => {
    const step = services({ enable: ["nginx", "--root=/"], disable: ["a"], mask: ["b"] });
    expect((await called(step)).calls).toEqual([
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
  test("makes a user with the groups it is in, and its keys", async () => {
    const { calls, seen } = await called(
      users({
        ...{ uid: 2000, groups: ["bird", "nest"], comment: "A wren", shell: "/bin/sh" },
        sshAuthorizedKeys: ["ssh-ed25519 AAAA wren"],
      }),
    );
    expect(calls).toEqual([
      ["groupadd", "--", "nest"],
      [
        ...["useradd", "--create-home", "--user-group", "--uid", "2000", "--groups", "bird,nest"],
        ...["--comment", "A wren", "--shell", "/bin/sh", "--", "wren"],
      ],
    ]);
    expect(seen).toMatch(/^700 2000 \S+\/home\/wren\/\.ssh$/m);
    expect(seen).toMatch(/^600 2000 \S+\/authorized_keys$/m);
  });

  test("changes a user that the image has", async () => {
    const { calls } = await called(users({ name: "bird", groups: ["root"], shell: "/bin/ash" }));
    expect(calls).toEqual([
      [
        ...["usermod", "--append", "--groups", "root", "--comment", ""],
        ...["--shell", "/bin/ash", "--", "bird"],
      ],
    ]);
  });

  test("makes a system user without a home", async () => {
    const { calls } = await called(users({ system: true, group: "bird" }));
    expect(calls).toEqual([
      ["useradd", "--system", "--gid", "bird", "--comment", "", "--", "wren"],
    ]);
  });
});
