import { globSync } from "node:fs";
import { chmod, mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { findCommand } from "../../local/requirements/search-path.ts";
import { requirements } from "../../core/requirements/table.ts";
import { recipeText, writeRecipe } from "./recipes.ts";
import { launcher, ovenbird, ovenbirdAfter, runProgram, scratchFolder } from "./run-cli.ts";

/** A PATH of links to every tool but those, and of scripts by name. */
const toolFolder = async (folder: string, without: string[], scripts: Record<string, string>) => {
  const path = join(folder, "bin");
  await mkdir(path);
  const names = requirements.flatMap(({ commands = [] }) => commands.flat());
  for (const name of new Set([...names, "sh"])) {
    const found = without.includes(name) ? undefined : findCommand(name);
    if (found !== undefined) await symlink(found, join(path, name));
  }
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(path, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return path;
};

test("a recipe for another architecture is refused", async () => {
  await using folder = await scratchFolder();
  const foreign = process.arch === "arm64" ? "x86_64" : "arm64";
  const text = recipeText().replace(/architecture: .*/, `architecture: ${foreign}`);
  const path = await writeRecipe(folder.path, text);
  const { status, stderr } = await ovenbird(["bake", path, "--state", join(folder.path, "state")]);
  expect(status).toBe(3);
  expect(stderr).toContain(`the recipe is for ${foreign}`);
  expect(stderr).toContain("bake it on a builder of that architecture");
});

test("a secret that is not there is asked for before any work", async () => {
  await using folder = await scratchFolder();
  const path = await writeRecipe(
    folder.path,
    recipeText("  parameters:\n    TOKEN: { type: secret, from: { environment: BAKERY_TOKEN } }\n"),
  );
  const { status, stderr } = await ovenbird(["bake", path, "--state", join(folder.path, "state")]);
  expect(status).toBe(3);
  expect(stderr).toContain(
    "the secret TOKEN is not set; set the environment variable BAKERY_TOKEN",
  );
  expect(await readdir(folder.path)).toEqual(["small.yaml"]);
});

test("a state directory that is a file is refused, and nothing is made", async () => {
  await using folder = await scratchFolder();
  const path = await writeRecipe(folder.path, recipeText());
  const { status, stderr } = await ovenbird(["bake", path, "--state", join(path, "state")]);
  expect(status).toBe(3);
  expect(stderr).toContain(`${path} is not a folder: name another with --state`);
  expect(await readdir(folder.path)).toEqual(["small.yaml"]);
});

describe("before a bake", () => {
  test("a user who is not root is told to be", async () => {
    await using folder = await scratchFolder();
    await chmod(folder.path, 0o755);
    const path = await writeRecipe(folder.path, recipeText());
    const nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
    const bake = [process.execPath, launcher, "bake", path, "--state", "/tmp"];
    const { status, stderr } = await runProgram([...nobody, ...bake]);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^error: bakes mount file systems.*run it with sudo$/m);
  });

  test("missing tools are listed with the one command that installs them", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, recipeText());
    const PATH = await toolFolder(folder.path, ["mmdebstrap", "bwrap"], { dnf: "exit 9" });
    const { status, stderr } = await ovenbird(["bake", path, "--state", folder.path], {
      env: { ...process.env, PATH },
    });
    expect(status).toBe(3);
    expect(stderr).toContain("mmdebstrap: to make a root file system");
    expect(stderr).toContain("install with: dnf install --assumeyes mmdebstrap bubblewrap\n");
  });

  test("on an apt machine missing tools are installed after saying so", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, recipeText());
    const log = join(folder.path, "apt.log");
    // It installs nothing, so that no bake begins.
    const script = `echo "$DEBIAN_FRONTEND $*" >> ${log}`;
    const PATH = await toolFolder(folder.path, ["mmdebstrap"], { "apt-get": script });
    const { status, stdout, stderr } = await ovenbird(["bake", path, "--state", folder.path], {
      env: { ...process.env, PATH },
    });
    expect(status).toBe(3);
    expect(stdout).toBe("installing what the bake needs: mmdebstrap\n");
    expect(stderr).toContain("mmdebstrap: to make a root file system");
    const last = (await readFile(log, "utf8")).trim().split("\n").at(-1);
    expect(last).toMatch(/^noninteractive .*install --yes --no-install-recommends mmdebstrap$/);
  });

  test("Ansible is asked for by a recipe with an ansible step, and by no other", async () => {
    await using folder = await scratchFolder();
    await mkdir(join(folder.path, "code"));
    await writeFile(join(folder.path, "code/main.yaml"), "");
    const steps = "  configure: { ansible: { playbook: code/main.yaml } }\n";
    const path = await writeRecipe(folder.path, recipeText(steps));
    const plain = await writeRecipe(folder.path, recipeText(), "plain.yaml");
    const PATH = await toolFolder(folder.path, [], { dnf: "exit 9" });
    const preparations = `${withoutChrootPlugin()}; export PATH=${PATH}`;
    const { status, stderr } = await ovenbirdAfter(preparations, [
      ...["bake", path, "--state", folder.path],
    ]);
    expect(status).toBe(3);
    expect(stderr).toMatch(/chroot\.py: to run playbooks on an image$/m);
    expect(stderr).toContain("install with: dnf install --assumeyes ansible\n");
    const { stdout } = await ovenbirdAfter(preparations, [
      ...["plan", plain, "--state", folder.path],
    ]);
    expect(stdout).not.toContain("chroot.py");
  });

  test("too little space is told with how much there is", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, recipeText());
    const state = join(folder.path, "state");
    await mkdir(state);
    const { status, stderr } = await ovenbirdAfter(`mount -t tmpfs -o size=64m none ${state}`, [
      "bake",
      path,
      "--state",
      join(state, "deeper"),
    ]);
    expect(status).toBe(3);
    expect(stderr).toContain(`${state} has 0.1 GiB free and the bake needs 1.0`);
  });

  test("a machine without loop devices is told what to do, together with all else", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, recipeText());
    const state = join(folder.path, "state");
    await mkdir(state);
    const { status, stderr } = await ovenbirdAfter(
      `mount --bind /dev/null /dev/loop-control; mount -t tmpfs -o size=64m none ${state}`,
      ["bake", path, "--state", state],
    );
    expect(status).toBe(3);
    expect(stderr).toContain("there is no /dev/loop-control: run `modprobe loop`");
    expect(stderr).toContain("make room");
  });
});

/** Hides the connection that community.general brings, in a namespace of the command's own. */
const withoutChrootPlugin = (): string => {
  const { files = [] } = requirements.find(({ id }) => id === "ansible-chroot") ?? {};
  const folders = files.flatMap((pattern) => globSync(pattern)).map((path) => dirname(path));
  expect(folders.length).toBeGreaterThan(0);
  return [...new Set(folders)].map((path) => `mount -t tmpfs none ${path}`).join("; ");
};

const finding = (id: string): unknown =>
  expect.objectContaining({ id, verdict: expect.any(String) });

describe("doctor", () => {
  test("lists every requirement as JSON", async () => {
    const { stdout } = await ovenbird(["doctor", "--json"]);
    const ids = ["mmdebstrap", "btrfs", "firmware", "bubblewrap"];
    expect(JSON.parse(stdout)).toMatchObject({
      requirements: expect.arrayContaining(ids.map(finding)),
      machine: expect.arrayContaining(["root", "loop devices", "KVM"].map(finding)),
    });
  });

  test("names the AppArmor profile that takes from steps what they need", async () => {
    const { stdout: before } = await ovenbird(["doctor"]);
    expect(before).not.toContain("AppArmor");
    const profiles = "/sys/kernel/security/apparmor/profiles";
    const { stdout } = await ovenbirdAfter(
      `mount -t tmpfs none /sys/kernel/security && mkdir /sys/kernel/security/apparmor
       printf 'bwrap (enforce)\nunpriv_bwrap (enforce)\n' > ${profiles}`,
      ["doctor"],
    );
    expect(stdout).toMatch(
      /^! +AppArmor +AppArmor's profile bwrap-userns-restrict takes .*--remove/m,
    );
  });

  test("ends with the one command when something is missing", async () => {
    await using folder = await scratchFolder();
    const PATH = await toolFolder(folder.path, ["mmdebstrap"], { zypper: "exit 9" });
    const env = { ...process.env, PATH };
    const { status, stdout, stderr } = await ovenbird(["doctor"], { env });
    expect(status).toBe(3);
    expect(stdout).toMatch(/^✗ +mmdebstrap .*missing mmdebstrap$/m);
    expect(stderr).toContain("zypper --non-interactive install --no-recommends mmdebstrap");
  });

  test("finds a machine ready that lacks what few recipes need, and says so", async () => {
    const { stdout, stderr } = await ovenbirdAfter(withoutChrootPlugin(), ["doctor"]);
    expect(stdout).toMatch(
      /^! +ansible-chroot .*missing; only recipes with ansible steps need it/m,
    );
    expect(stderr).not.toContain("ansible");
  });

  test("--install installs what is missing", async () => {
    await using folder = await scratchFolder();
    const bin = join(folder.path, "bin");
    // An apt whose lists are too old until it updates them.
    const script = `case "$*" in
      update) > ${folder.path}/fresh;;
      *mmdebstrap) test -e ${folder.path}/fresh && printf '#!/bin/sh\\n' > ${bin}/mmdebstrap && /bin/chmod +x ${bin}/mmdebstrap;;
    esac`;
    const PATH = await toolFolder(folder.path, ["mmdebstrap"], { "apt-get": script });
    const env = { ...process.env, PATH };
    const { stdout } = await ovenbird(["doctor", "--install"], { env });
    expect(stdout).toMatch(/^✓ +mmdebstrap .*found$/m);
  });
});
