import { posix } from "node:path";
import type { FileEntry, Package } from "../../core/inventory.ts";
import type { ForeignModule } from "../../core/inventory/found/module.ts";
import { readModuleSigner } from "./module-signer.ts";

/** Where what is added to a kernel is put: depmod.d(5), and dkms(8) of every distribution. */
const added = new Set(["updates", "extra", "dkms", "weak-updates"]);

const modulePath = /^(?:\/usr)?\/lib\/modules\/([^/]+)\/(?:([^/]+)\/)?.*\.ko(?:\.(?:gz|xz|zst))?$/;

/** Lists of its own modules that every kernel is built with. */
const ownLists = ["modules.builtin", "modules.order"];

interface Image {
  root: string;
  /** By path. */
  entries: readonly FileEntry[];
  packages: readonly Package[];
  /** The package of a path; undefined when it is nobody's. */
  ownerOf(path: string): string | undefined;
}

/**
 * Kernel modules that were not built with their kernel: those of no package, of a package that was
 * built from another source than the kernel's, or in a folder for what is added, unless the
 * kernel's own packages put it there.
 */
export const foreignModules = async (image: Image): Promise<ForeignModule[]> => {
  const found: ForeignModule[] = [];
  const sources = sourcesOf(image.packages);
  for (const { type, path } of image.entries) {
    const [, kernel, folder = ""] = modulePath.exec(path) ?? [];
    if (kernel === undefined || (type !== "file" && type !== "link")) continue;
    const owner = image.ownerOf(path);
    const own = owner !== undefined && isOfKernel(owner, path, kernel, { image, sources });
    if (own && (type === "file" || !added.has(folder))) continue;
    const signer = type === "file" ? await readModuleSigner(image.root, path) : undefined;
    found.push({
      ...{ path, kernel },
      ...(signer !== undefined && { signer }),
      ...(owner !== undefined && { package: owner }),
    });
  }
  return found;
};

type Sources = ReadonlyMap<string, ReadonlySet<string>>;

/** Of each name what it was built from; rpm has several versions of a kernel. */
const sourcesOf = (packages: readonly Package[]): Sources => {
  const found = new Map<string, Set<string>>();
  for (const { name, source } of packages) {
    const sources = found.get(name) ?? new Set();
    found.set(name, sources.add(source?.name ?? name));
  }
  return found;
};

/** Whether the package was built from what the package of the kernel's own lists was built from. */
const isOfKernel = (
  owner: string,
  path: string,
  kernel: string,
  { image, sources }: { image: Image; sources: Sources },
): boolean => {
  const top = path.slice(0, path.indexOf(`/modules/${kernel}/`) + `/modules/${kernel}`.length);
  const kernels = ownLists.flatMap((list) => image.ownerOf(posix.join(top, list)) ?? []);
  if (kernels.includes(owner)) return true;
  const built = kernels.flatMap((name) => [...(sources.get(name) ?? [])]);
  return built.some((source) => sources.get(owner)?.has(source) === true);
};
