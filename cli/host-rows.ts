import type { HostAccess, HostMount } from "../core/host.ts";

/** Rows of a plan: what a bake would do to its builder, and what it needs of the operator. */
export const hostRows = (host: HostAccess | undefined, needs: string): string[][] => {
  if (host === undefined) return [];
  return [
    ...host.beforeMount.map(({ name }) => `before mounting, runs: ${name}`),
    ...host.afterMount.map(({ name }) => `after mounting, runs: ${name}`),
    ...host.copyFiles.map(({ from, to }) => `copies ${from}${from === to ? "" : ` to ${to}`}`),
    ...host.mounts.map(mountText),
    needs,
  ].map((text) => ["host", text]);
};

const mountText = (mount: HostMount): string =>
  mount.kind === "tmpfs"
    ? `mounts memory of ${mount.size} MiB on ${mount.path}`
    : `mounts ${mount.source} on ${mount.path}, ${mount.writable ? "writable" : "read-only"}`;
