import type { Distribution } from "../core/inventory.ts";
import { purlOf, splitEpoch } from "../core/sbom/purl.ts";
import type { Software } from "../core/sbom/software.ts";

/*
 * What Inspector is given: CycloneDX as its own generator, inspector-sbomgen, writes it, where
 * URLs have an epoch always, names for distributions of their own, and source packages stand beside
 * those made from them. https://docs.aws.amazon.com/inspector/latest/user/sbom-generator.html
 */

/** A component, and the packages that it stands for. */
export interface Part {
  component: { "bom-ref": string; type: string; name: string; version?: string; purl?: string };
  packages: Software[];
}

/** Inspector's words for distributions, by `ID` of os-release(5), where they are others. */
const vendors: Readonly<Record<string, string>> = { amzn: "amazon" };

/** The operating system itself, when the image says which it is. */
export const systemPart = ({ id, version, name }: Distribution): Part["component"] => ({
  ...{ "bom-ref": "system", type: "operating-system", name: name ?? id },
  ...(version !== undefined && { version }),
});

/** Every package, and every source package that is not one itself, once. */
export const partsOf = (
  packages: readonly Software[],
  distribution: Distribution | undefined,
): Part[] => {
  const parts = new Map<string, Part>();
  for (const one of packages) {
    for (const described of withSource(one)) {
      const purl = inspectorPurl(described, distribution);
      const key = purl ?? `${one.kind} ${one.name} ${one.version}`;
      const { name, version } = described;
      const component = { "bom-ref": `comp-${parts.size + 1}`, type: "application", name, version };
      const part = parts.get(key) ?? {
        component: { ...component, ...(purl !== undefined && { purl }) },
        packages: [],
      };
      part.packages.push(one);
      parts.set(key, part);
    }
  }
  return [...parts.values()];
};

const withSource = (one: Software): Software[] => {
  const { kind, source } = one;
  if (source === undefined || source.name === one.name) return [one];
  // rpm names the source's file, which has no epoch: it is the package's own
  const version = kind === "rpm" ? one.version : source.version;
  return [one, { ...one, name: source.name, version }];
};

const inspectorPurl = (one: Software, distribution?: Distribution): string | undefined => {
  if (one.kind !== "dpkg" && one.kind !== "rpm" && one.kind !== "apk") return purlOf(one);
  if (distribution === undefined) return undefined;
  const { epoch = "0", version } = splitEpoch(one.version);
  const { id, codename, version: release } = distribution;
  const plain = purlOf({ ...one, version }, { id: vendors[id] ?? id });
  const distro = (one.kind === "dpkg" ? codename : undefined) ?? release ?? id;
  return plain
    ?.replace(/distro=[^&]*/, `distro=${encodeURIComponent(distro)}`)
    .replace(/$/, one.kind === "apk" ? "" : `&epoch=${epoch}`);
};
