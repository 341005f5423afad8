import { HygieneItem } from "../core/job.ts";
import { removeAuthorizedKeys } from "./hygiene/authorized-keys.ts";
import { removeHistories } from "./hygiene/histories.ts";
import { removeHostKeys } from "./hygiene/host-keys.ts";
import { emptyLogs } from "./hygiene/logs.ts";
import { forgetMachine } from "./hygiene/machine-id.ts";
import { clearPlaces, places } from "./hygiene/places.ts";

/** What each does, a sentence for docs/recipe.md. */
export const hygieneSentences: Record<HygieneItem, string> = {
  "host-keys":
    "SSH host keys are removed; where nothing else would make new ones at boot, a unit is added " +
    "that runs `ssh-keygen -A` before sshd.",
  "machine-id": "`/etc/machine-id` is emptied, so that every machine gets an id of its own.",
  logs: "Files in `/var/log` are emptied; rotated ones and the journal are removed.",
  histories: "What shells, editors and database clients remember of what was typed is removed.",
  "authorized-keys":
    "Keys that let somebody log in are removed before the first step, from a disk that was not " +
    "baked here; keys that steps add stay.",
  "cloud-init":
    "What cloud-init knows of earlier boots is removed, so that it runs as on a first one; seeds " +
    "and scripts stay.",
  "package-caches":
    "Packages and lists that apt, dnf, yum, zypper, apk or pacman fetched are removed, and what " +
    "ldconfig remembers of the disk.",
  "random-seed": "Saved random seeds and systemd's credential secret are removed.",
  "dhcp-leases": "Leases and identities of DHCP clients are removed.",
  "temporary-files": "`/tmp` and `/var/tmp` are emptied.",
  "network-rules": "Udev's rules that name network cards by their addresses are removed.",
  "core-dumps": "Core dumps and crash reports are removed.",
};

export interface HygieneOrder {
  /** The image's root, with all its file systems mounted, and nothing of it running. */
  root: string;
  keep: readonly HygieneItem[];
  say(line: string): void;
}

/**
 * For a disk that was not baked here: what it remembers of those who used it goes before the
 * steps, so that what steps write of the same kind stays. Throws CommandFailed, UnusablePath.
 */
export const beforeSteps = async ({ root, keep }: HygieneOrder): Promise<void> => {
  if (!keep.includes("authorized-keys")) await removeAuthorizedKeys(root);
  if (!keep.includes("histories")) await removeHistories(root);
};

/**
 * Removes what must not be the same on two machines, and what is of no use to any. Temporary
 * folders of the steps must be unmounted. Throws CommandFailed, UnusablePath.
 */
export const afterSteps = async ({ root, keep, say }: HygieneOrder): Promise<void> => {
  const work: Record<HygieneItem, () => Promise<void>> = {
    "host-keys": () => removeHostKeys(root, say),
    "machine-id": () => forgetMachine(root),
    logs: () => emptyLogs(root, say),
    histories: () => removeHistories(root),
    // steps of the recipe add keys
    "authorized-keys": () => Promise.resolve(),
    "cloud-init": () => clearPlaces(root, places["cloud-init"]),
    "package-caches": () => clearPlaces(root, places["package-caches"]),
    "random-seed": () => clearPlaces(root, places["random-seed"]),
    "dhcp-leases": () => clearPlaces(root, places["dhcp-leases"]),
    "temporary-files": () => clearPlaces(root, places["temporary-files"]),
    "network-rules": () => clearPlaces(root, places["network-rules"]),
    "core-dumps": () => clearPlaces(root, places["core-dumps"]),
  };
  for (const item of keep) say(`${item}: kept, as the recipe says`);
  // they have nothing to do with each other, and most wait for find(1); none is left at work
  const items = HygieneItem.options.filter((item) => !keep.includes(item));
  const ends = await Promise.allSettled(items.map((item) => work[item]()));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
};
