import { ScanImpossible } from "../errors.ts";
import type { Distribution, PackageKind } from "../inventory.ts";
import type { LanguageKind, Software } from "../sbom/software.ts";
import { apkOrder } from "../versions/apk.ts";
import { dpkgOrder } from "../versions/dpkg.ts";
import type { Order } from "../versions/parts.ts";
import { named, type Unscanned } from "./finding.ts";
import { rpmOrder } from "../versions/rpm.ts";
import { semverOrder } from "../versions/semver.ts";

const systemOrders: Readonly<Record<PackageKind, Order>> = {
  dpkg: dpkgOrder,
  apk: apkOrder,
  rpm: rpmOrder,
};

/** OSV's names, and the order of versions where it is one that is known here. */
const languages: Readonly<Record<LanguageKind, { ecosystem: string; order?: Order }>> = {
  npm: { ecosystem: "npm", order: semverOrder },
  golang: { ecosystem: "Go", order: semverOrder },
  pypi: { ecosystem: "PyPI" },
  gem: { ecosystem: "RubyGems" },
  maven: { ecosystem: "Maven" },
};

/** What OSV is asked about: all packages that it knows by one name in one version. */
export interface Question {
  ecosystem: string;
  name: string;
  version: string;
  /** Absent where OSV's list of versions has to do. */
  order?: Order;
  packages: Software[];
}

/** What there is to ask, and what OSV knows nothing of. */
export interface Questions {
  questions: Question[];
  unscanned: Unscanned[];
}

/** The questions about an image's software. Throws ScanImpossible where there are none to ask. */
export const questionsFor = (
  packages: readonly Software[],
  distribution: Distribution | undefined,
): Questions => {
  const questions = new Map<string, Question>();
  const unscanned: Unscanned[] = [];
  const add = (question: Omit<Question, "packages">, one: Software) => {
    const key = [question.ecosystem, question.name, question.version].join("\0");
    const there = questions.get(key) ?? { ...question, packages: [] };
    there.packages.push(one);
    questions.set(key, there);
  };
  for (const one of packages) {
    const { kind } = one;
    if (kind === "dpkg" || kind === "apk" || kind === "rpm") {
      const known = systemEcosystem(kind, distribution);
      if ("why" in known) unscanned.push({ package: named(one), why: known.why });
      else for (const asked of namesOf(one)) add({ ...known, ...asked }, one);
    } else {
      const { name, version } = one;
      add({ ...languages[kind], name, version }, one);
    }
  }
  const [first] = unscanned;
  if (first !== undefined && questions.size === 0) throw new ScanImpossible(first.why);
  return { questions: [...questions.values()], unscanned };
};

/** By what OSV knows a distribution: its `ID`, the form of its `VERSION_ID`, and OSV's name. */
const distributions: Readonly<
  Record<string, { kind: PackageKind; version: RegExp; name: (version: string) => string }>
> = {
  debian: { kind: "dpkg", version: /^[0-9]+/, name: (version) => `Debian:${version}` },
  ubuntu: {
    ...{ kind: "dpkg", version: /^[0-9]+\.[0-9]+/ },
    // https://documentation.ubuntu.com/security/security-updates/osv/
    name: (version) => `Ubuntu:${version}${/[02468]\.04$/.test(version) ? ":LTS" : ""}`,
  },
  alpine: { kind: "apk", version: /^[0-9]+\.[0-9]+/, name: (version) => `Alpine:v${version}` },
  rocky: { kind: "rpm", version: /^[0-9]+/, name: (version) => `Rocky Linux:${version}` },
  almalinux: { kind: "rpm", version: /^[0-9]+/, name: (version) => `AlmaLinux:${version}` },
};

const systemEcosystem = (
  kind: PackageKind,
  distribution: Distribution | undefined,
): { ecosystem: string; order: Order } | { why: string } => {
  if (distribution === undefined) {
    return {
      why: `the image has ${kind} packages, and no os-release that says of which distribution`,
    };
  }
  const { id, version = "" } = distribution;
  if (id === "amzn") {
    return { why: "Amazon Linux is not in OSV: look for vulnerabilities by Inspector" };
  }
  const known = Object.hasOwn(distributions, id) ? distributions[id] : undefined;
  if (known?.kind !== kind) {
    return { why: `OSV is not known to have ${kind} packages of ${id}` };
  }
  const release = known.version.exec(version)?.[0];
  if (release === undefined) {
    return { why: `OSV knows ${id} by its releases, and the image names none` };
  }
  return { ecosystem: known.name(release), order: systemOrders[kind] };
};

/**
 * The names by which OSV knows a package. Debian, Ubuntu, Alpine and Rocky list source packages,
 * AlmaLinux lists the packages made from them; of rpm's both have one version, but for the epoch.
 */
const namesOf = (one: Software): { name: string; version: string }[] => {
  const { kind, name, version, source } = one;
  if (kind !== "rpm") return [kind === "dpkg" ? unsigned(one) : (source ?? { name, version })];
  return [...new Set([name, source?.name ?? name])].map((asked) => ({ name: asked, version }));
};

/**
 * Kernels and boot loaders are signed in a source package of their own, of which nobody lists
 * vulnerabilities. Debian's `linux-signed-amd64 (6.1.90+1)` made a package of version 6.1.90-1,
 * which is that of `linux`; Ubuntu's `linux-signed-aws` is `linux-aws`.
 */
const unsigned = ({ name, version, source }: Software): { name: string; version: string } => {
  const made = source ?? { name, version };
  if (!made.name.startsWith("linux-signed")) return made;
  return {
    name: made.name.replace(/^linux-signed(?:-(?:amd64|arm64|i386|armhf|ppc64el))?/, "linux"),
    version,
  };
};

/** Whether packages of an ecosystem are ever asked about. */
export const isAskedAbout = (ecosystem: string): boolean =>
  asked.test(ecosystem) || Object.values(languages).some((one) => one.ecosystem === ecosystem);

/** Whether an ecosystem's ranges can be told from its versions alone, so that its lists can go. */
export const isOrdered = (ecosystem: string): boolean =>
  asked.test(ecosystem) ||
  Object.values(languages).some((one) => one.ecosystem === ecosystem && one.order !== undefined);

const asked =
  /^(?:Debian|Rocky Linux|AlmaLinux):[0-9]+$|^Ubuntu:[0-9]+\.[0-9]+(?::LTS)?$|^Alpine:v/;
