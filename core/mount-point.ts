import { posix } from "node:path";

/** Where the sandbox has file systems of its own, or the agent works while steps run. */
const occupied = ["/proc", "/sys", "/dev", "/run/ovenbird", "/run/secrets", "/run/assets"];

/** What mounts on them hide is what makes the image one. */
const systemFolders = new Set([
  ...["/", "/bin", "/boot", "/etc", "/lib", "/lib32", "/lib64", "/run", "/sbin", "/usr", "/var"],
  ...["/usr/bin", "/usr/lib", "/usr/lib64", "/usr/sbin", "/var/lib"],
]);

/** Why nothing can be mounted on a folder of the image; undefined when something can. */
export const noMountPoint = (path: string): string | undefined => {
  const place = posix.resolve("/", path);
  const taken = occupied.find((one) => place === one || place.startsWith(`${one}/`));
  if (taken !== undefined) return `the sandbox has its own ${taken}`;
  return systemFolders.has(place) ? `${place} is the image's own` : undefined;
};

/** Whether a path of the builder is of its kernel, which a sandbox has its own of. */
export const isKernelFolder = (path: string): boolean =>
  /^\/(?:proc|sys|dev)(?:\/|$)/.test(posix.resolve("/", path));
