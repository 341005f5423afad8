import type { FileEntry, Inventory } from "../../inventory.ts";
import { shownName } from "../../inventory/names.ts";
import { fits } from "../../pattern.ts";
import { setsAt } from "../capable.ts";
import { lookAt, unknown } from "../facts.ts";
import type { Looks } from "../looks.ts";

const bits = ({ mode }: FileEntry): number => Number.parseInt(mode, 8);
const setuid = 0o4000;
const setgid = 0o2000;

const isRaised = (file: FileEntry): boolean =>
  file.type === "file" && (bits(file) & (setuid | setgid)) !== 0;

/** Kinds of packages whose managers know the modes of their files, so that a change is told. */
const knowsModes = ({ packages }: Inventory): boolean =>
  packages.length > 0 && packages.every(({ kind }) => kind === "rpm");

export const privilegeLooks: Looks<"setuid" | "capabilities"> = {
  setuid: ({ allowed }, facts) =>
    lookAt(facts, ["owned"], ({ owned }) => {
      const unowned = new Set(owned.unowned);
      const isKnown = knowsModes(facts.inventory);
      const raised = facts.inventory.files.filter(isRaised);
      return {
        against: raised.flatMap(({ path, mode }) => {
          const of = path;
          const shown = `${shownName(path)} (${mode})`;
          // where nobody owns it, its being a usual name says nothing of what it is
          if (unowned.has(path)) return [{ of, says: `${shown} is of no package` }];
          if (isKnown || fits(path, allowed)) return [];
          return [{ of, says: `${shown} is none of the programs that are known to be so` }];
        }),
        looked: `all ${raised.length} are of packages, and known to be so`,
        seen: raised.map(({ path, mode }) => ({ of: path, says: `${shownName(path)} (${mode})` })),
        remedy:
          "take the bit away: chmod u-s,g-s; or have the operator add its path to setuid.allowed",
      };
    }),
  capabilities: ({ allowed }, { inventory: { digest, files } }) => {
    const remedy =
      "take them away: setcap -r; or have the operator add 'PATH: CAPABILITIES' to capabilities.allowed";
    if (digest === undefined) {
      return unknown("capabilities were not looked for", "bake the image again, so that they are");
    }
    const capable = files.filter(({ capabilities }) => capabilities !== undefined);
    return {
      against: capable.flatMap(({ path, capabilities = "" }) => {
        const known = setsAt(path, allowed);
        if (known === "any" || known.includes(capabilities)) return [];
        const says = `${shownName(path)} has the capabilities ${capabilities}`;
        const others = known.length === 0 ? "" : `, and is known to have ${known.join(" or ")}`;
        return [{ of: path, says: `${says}${others}` }];
      }),
      looked: `all ${capable.length} that have some are known to`,
      seen: capable.map(({ path, capabilities = "" }) => ({
        ...{ of: path, says: `${shownName(path)}: ${capabilities}` },
      })),
      remedy,
    };
  },
};
