import type { Package, PackageKind } from "../../inventory.ts";
import { apkOrder } from "../../versions/apk.ts";
import { dpkgOrder } from "../../versions/dpkg.ts";
import type { Order } from "../../versions/parts.ts";
import { rpmOrder } from "../../versions/rpm.ts";

const orders: Readonly<Record<PackageKind, Order>> = {
  ...{ dpkg: dpkgOrder, apk: apkOrder, rpm: rpmOrder },
};

/** A package, by what it was built from. */
type Built = Pick<Package, "name" | "version" | "source">;

const sourceOf = (one: Built): { name: string; version: string } => one.source ?? one;

/**
 * The newest version of a package's source that is installed beside it; undefined when it is the
 * newest itself. That is so of kernels: an upgrade adds one, and the older stays.
 */
export const newestBeside = (
  packages: readonly Package[],
): ((kind: string, one: Built) => string | undefined) => {
  const newest = new Map<string, string>();
  for (const one of packages) {
    const { name, version } = sourceOf(one);
    const key = `${one.kind} ${name}`;
    const there = newest.get(key);
    if (there === undefined || orders[one.kind](version, there) > 0) newest.set(key, version);
  }
  return (kind, one) => {
    const { name, version } = sourceOf(one);
    const found = newest.get(`${kind} ${name}`);
    if (found === undefined || !Object.hasOwn(orders, kind)) return undefined;
    return orders[kind as PackageKind](found, version) > 0 ? found : undefined;
  };
};
