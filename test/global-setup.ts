import { rmSync } from "node:fs";
import { chmod, cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NotReady } from "../core/errors.ts";
import { install } from "../local/requirements/install.ts";
import { hostArchitecture, isRoot } from "../local/requirements/machine.ts";
import { lacks, missingRequirements } from "../local/requirements/missing.ts";
import { installCommand } from "../core/requirements/install-command.ts";
import { packageManager } from "../local/requirements/package-manager.ts";
import type { Requirement } from "../core/requirements/requirement.ts";
import { useSystemFolders } from "../local/requirements/search-path.ts";
import { buildPackage } from "../pack/build-package.ts";
import { builtPackage } from "./support/built.ts";
import { browserNames, findBrowser } from "./support/browser-path.ts";
import { staticBusybox } from "./support/busybox.ts";
import { openMotos } from "./support/open-motos.ts";

/** The userland of the small images that the agent's tests work on. */
const busybox: Requirement = {
  id: "busybox",
  purpose: "make the small images of the tests",
  commands: [["busybox"]],
  packages: {
    apt: "busybox-static",
    dnf: "busybox",
    zypper: "busybox-static",
    apk: "busybox-static",
  },
};

/** What writes the rights that the policy is held to. */
const accessLists: Requirement = {
  id: "setfacl",
  purpose: "give files of tests access lists",
  commands: [["setfacl"]],
  packages: { apt: "acl", dnf: "acl", zypper: "acl", apk: "acl" },
};

/** What makes and signs the packages that the readers of rpm's databases are held to. */
const rpmTools: Requirement[] = [
  {
    id: "rpmbuild",
    purpose: "make packages for tests of rpm's database",
    commands: [["rpmbuild"], ["rpm"]],
    packages: { apt: "rpm", dnf: "rpm-build", zypper: "rpm-build", apk: "rpm" },
  },
  {
    id: "rpmsign",
    purpose: "sign packages for tests of rpm's signatures",
    commands: [["rpmsign"]],
    packages: { apt: "rpm", dnf: "rpm-sign", zypper: "rpm-build", apk: "rpm" },
  },
];

/** What reads the repositories of RPMs, as in the images that have them, and what makes one. */
const rpmManagers: Requirement[] = [
  ["dnf", "dnf", "dnf"],
  ["zypper", "zypper", "zypper"],
  ["createrepo_c", "createrepo-c", "createrepo_c"],
].map(([program = "", apt = "", other = ""]) => ({
  id: program,
  purpose: "have repositories of packages read in tests",
  commands: [[program]],
  packages: { apt, dnf: other, zypper: other, apk: other },
}));

/** What opens reports; whoever has none sees by the tests' titles that they were skipped. */
const browser: Requirement = {
  id: "chromium",
  purpose: "open reports as their readers do",
  commands: [browserNames],
  packages: { apt: "chromium", dnf: "chromium", zypper: "chromium", apk: "chromium" },
};

/**
 * Makes sure of root and the system's tools before any test, and builds the agent and the
 * command, as users have them: from their sources they take three times as long to start, and the
 * tests start them a thousand times.
 */
export const setup = async (): Promise<() => void> => {
  if (!isRoot()) throw new Error("the tests mount, bake and boot: run them as root");
  useSystemFolders();
  await installMissing();
  const folder = await mkdtemp(join(tmpdir(), "ovenbird-package-"));
  await buildPackage(join(folder, "dist"));
  for (const path of ["bin", "package.json"]) {
    await cp(path, join(folder, path), { recursive: true });
  }
  await chmod(folder, 0o755); // users who are not root run it, too
  process.env[builtPackage] = folder;
  // every test's file is a process that reads the same packages, and starts others that do
  process.env["NODE_COMPILE_CACHE"] = join(folder, "compiled");
  // a run that is interrupted comes to no teardown
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return openMotos(folder);
};

/** Installs the system's tools where `ovenbird` would. */
const installMissing = async (): Promise<void> => {
  if (findBrowser() === undefined && packageManager() === "apt") await tryInstall(browser);
  const missing = await missingTools();
  if (missing.length === 0) return;
  if (packageManager() !== "apt") throw new Error(advice(missing));
  await install(missing);
  const still = await missingTools();
  if (still.length > 0) throw new Error(advice(still));
};

/** Ubuntu, for one, has no such package. */
const tryInstall = async (wanted: Requirement): Promise<void> => {
  try {
    await install([wanted]);
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    process.stderr.write(`${wanted.id} could not be installed: ${error.message}\n`);
  }
};

const missingTools = async (): Promise<Requirement[]> => [
  ...(await missingRequirements({
    architecture: hostArchitecture() ?? "x86_64",
    fileSystems: ["ext4", "xfs", "btrfs"],
    distributions: ["debian"],
    origins: ["scratch", "recipe", "image", "file"],
    boots: true,
    steps: ["ansible"],
  })),
  ...((await staticBusybox()) === undefined ? [busybox] : []),
  ...[...rpmTools, ...rpmManagers, accessLists].filter((tool) => lacks(tool).length > 0),
];

const advice = (missing: readonly Requirement[]): string => {
  const manager = packageManager();
  const names = missing.map(({ id }) => id).join(", ");
  return manager === undefined
    ? `the tests need ${names}: install them`
    : `the tests need ${names}; as root: ${installCommand(missing, manager).join(" ")}`;
};
