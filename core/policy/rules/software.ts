import type { Package } from "../../inventory.ts";
import { shownName } from "../../inventory/names.ts";
import { fits } from "../../pattern.ts";
import { lookAt } from "../facts.ts";
import type { Looks } from "../looks.ts";
import { lookAtPackages } from "../package-databases.ts";

type Names =
  | "packages"
  | "licences"
  | "services"
  | "telemetry"
  | "repositories"
  | "signed_packages"
  | "kernel_modules";

const one = ({ name, version }: { name: string; version: string }) => `${name} ${version}`;

/** rpm keeps the keys that it trusts as packages, which nobody signs. */
const isKey = ({ kind, name }: Package): boolean => kind === "rpm" && name === "gpg-pubkey";

export const softwareLooks: Looks<Names> = {
  packages: ({ denied }, facts) =>
    lookAtPackages(facts, () =>
      lookAt(facts, ["languagePackages"], ({ languagePackages }) => {
        const all = [...facts.inventory.packages, ...languagePackages];
        return {
          against: all
            .filter(({ name }) => fits(name, denied))
            .map((found) => ({ of: found.name, says: `${one(found)} is denied` })),
          looked: `none of ${all.length} packages is denied`,
          remedy: "remove the package in a step, as in packages: {remove: [telnetd]}",
        };
      }),
    ),
  licences: ({ denied }, facts) =>
    lookAtPackages(facts, () =>
      lookAt(facts, ["languagePackages"], ({ languagePackages }) => {
        const all = [...facts.inventory.packages, ...languagePackages];
        const told = all.filter(({ licence }) => licence !== undefined).length;
        return {
          against: all.flatMap((found) => {
            const { name, licence = "" } = found;
            if (!wordsOf(licence).some((word) => fits(word, denied))) return [];
            return [{ of: name, says: `${one(found)} is under ${licence}` }];
          }),
          looked: `none of the licences that ${told} of ${all.length} packages name is denied`,
          remedy: "remove the package",
        };
      }),
    ),
  services: ({ denied }, facts) =>
    lookAt(facts, ["activity"], ({ activity }) => {
      const enabled = activity.filter((unit) => unit.enabled);
      return {
        against: enabled
          .filter(({ name, path }) => fits(name, denied) || fits(path, denied))
          .map(({ kind, name }) => ({ of: name, says: `the ${kind} ${name} is enabled` })),
        looked: `none of ${enabled.length} that start by themselves is denied`,
        remedy: "disable it in a step, as in services: {disable: [telnet.socket]}",
      };
    }),
  telemetry: ({ allowed }, facts) =>
    lookAt(facts, ["telemetry"], ({ telemetry }) => {
      const active = telemetry.filter((found) => found.active && !fits(found.name, allowed));
      return {
        against: active.map(({ name, path }) => ({
          of: name,
          says: `${name} sends data (${path})`,
        })),
        looked: "nothing is known to send data",
        seen: telemetry.map(({ name }) => ({ of: name, says: `${name} is turned off or allowed` })),
        remedy: active[0]?.remedy ?? "turn it off in a step",
      };
    }),
  repositories: ({ allowed }, facts) =>
    lookAt(facts, ["repositories"], ({ repositories }) => {
      const enabled = repositories.filter((repository) => repository.enabled);
      return {
        against: enabled.flatMap((repository) => {
          const { path, line, name, urls, signatures, because } = repository;
          const of = urls[0] ?? name;
          const place = `${shownName(path)}:${line}`;
          if (!signatures) {
            const why = because === undefined ? "nothing asks for signatures" : because;
            return [{ of, says: `${place}: ${of} is taken unsigned: ${why}` }];
          }
          if (urls.every((url) => fits(url, allowed))) return [];
          return [{ of, says: `${place}: ${of} is none of the repositories that are allowed` }];
        }),
        looked: `what comes from each of ${enabled.length} is refused unless it is signed`,
        seen: enabled.map(({ urls, name }) => ({ of: name, says: `${name}: ${urls.join(", ")}` })),
        remedy: "take its line away, or have its key in the image and signatures asked for",
      };
    }),
  signed_packages: ({ allowed }, facts) =>
    lookAtPackages(facts, () => {
      const signable = facts.inventory.packages.filter(
        (found) => found.kind === "rpm" && !isKey(found),
      );
      return {
        against: signable
          .filter(({ vouched, name }) => vouched !== "repository" && !fits(name, allowed))
          .map((found) => ({
            of: found.name,
            says:
              found.vouched === undefined
                ? `the signature of ${one(found)} was not looked for`
                : `no key of the image's signed ${one(found)}`,
          })),
        looked:
          signable.length === 0
            ? "there is no package that carries a signature of its own"
            : `all ${signable.length} packages are signed`,
        remedy: "install it from a repository that signs, or have its key in the image",
      };
    }),
  kernel_modules: ({ allowed }, facts) =>
    lookAt(facts, ["modules"], ({ modules }) => ({
      against: modules
        .filter(({ path }) => !fits(path, allowed))
        .map(({ path, kernel, signer }) => {
          const by = signer === undefined ? "unsigned" : `signed by ${signer}`;
          const says = `${shownName(path)} was not built with the kernel ${kernel}; it is ${by}`;
          return { of: path, says };
        }),
      looked: "all were built with their kernel",
      remedy: "remove the module, or have the operator add its path to kernel_modules.allowed",
    })),
};

/** `GPL-2+ and MIT` is under both, and under itself. */
const wordsOf = (licence: string): string[] =>
  [licence, ...licence.split(/\s*(?:,|;|&|\|\||[()]|\b(?:and|or|with)\b)\s*/i)].filter(
    (word) => word !== "",
  );
