import type { RepositoryDigest } from "../../core/step-cache.ts";
import { packageManagerOf } from "../package-managers.ts";
import type { Sandbox } from "../sandbox.ts";
import { aptRepositories } from "./apt-repositories.ts";
import { type ImageView, viewIn } from "./image-view.ts";
import { dnfRepositories, zypperRepositories } from "./rpm-repositories.ts";

type Reader = (view: ImageView) => Promise<RepositoryDigest[] | undefined>;

/** By a package manager's program; whoever is missing cannot be asked what it read. */
const readers: Record<string, Reader> = {
  "apt-get": async (view) => {
    const uris = await view.said(["apt-get", "--print-uris", "update"]);
    return uris === undefined
      ? undefined
      : aptRepositories(uris, (name) => view.read(`/var/lib/apt/lists/${name}`));
  },
  dnf: dnfRepositories,
  zypper: zypperRepositories,
};

/**
 * What the repositories said that an image's package manager read last; undefined where that cannot
 * be asked again, as of a repository that is a folder. Throws CommandFailed, UnusablePath.
 */
export const imageRepositories = async (
  sandbox: Sandbox,
): Promise<RepositoryDigest[] | undefined> => {
  const manager = await packageManagerOf(sandbox.root);
  return manager && readers[manager.program]?.(viewIn(sandbox));
};
