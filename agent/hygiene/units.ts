import { readdir } from "node:fs/promises";
import { inside } from "../inside.ts";
import { readInside } from "../read-inside.ts";

/** Where systemd finds units; what comes first hides what comes later: systemd.unit(5). */
const folders = [
  ...["/etc/systemd/system", "/usr/local/lib/systemd/system"],
  ...["/usr/lib/systemd/system", "/lib/systemd/system"],
];

/** Units of the image whose names match, with their texts; none where it has no systemd. */
export const unitsOf = async (root: string, pattern: RegExp): Promise<Map<string, string>> => {
  const units = new Map<string, string>();
  for (const folder of folders) {
    for (const name of await namesIn(root, folder)) {
      if (!pattern.test(name) || units.has(name)) continue;
      const text = await readInside(root, `${folder}/${name}`).catch(() => undefined);
      if (text !== undefined) units.set(name, text);
    }
  }
  return units;
};

/** Names of the units that links make others want: `ssh.service.wants/sshd-keygen.service`. */
export const wantedUnits = async (root: string): Promise<Set<string>> => {
  const wanted = new Set<string>();
  for (const folder of folders) {
    for (const name of await namesIn(root, folder)) {
      if (!/\.(?:wants|requires)$/.test(name)) continue;
      for (const unit of await namesIn(root, `${folder}/${name}`)) wanted.add(unit);
    }
  }
  return wanted;
};

const namesIn = async (root: string, folder: string): Promise<string[]> =>
  readdir(await inside(root, folder).catch(() => "")).catch(() => []);
