import { shownName } from "../../inventory/names.ts";
import { fits } from "../../pattern.ts";
import { lookAt } from "../facts.ts";
import type { Facts } from "../facts.ts";
import type { Looks } from "../looks.ts";
import { lookAtPackages } from "../package-databases.ts";
import type { Item } from "../verdict.ts";
import { changedUnnoticed } from "./unnoticed.ts";

const gibibyte = 1024 ** 3;

/** What starts from no image of ours has nothing to be compared with; a parent that is gone had. */
const sinceOrigin = ({ inventory, origin, lineage }: Facts, unowned: readonly string[]): Item[] => {
  if (origin !== undefined) return changedUnnoticed(origin, inventory, unowned);
  const [first] = lineage;
  if (first?.kind !== "image") return [];
  const { imageId: of } = first;
  const says = `what changed since ${of} cannot be known, neither of its files nor of its package databases: there is no inventory of it`;
  return [{ of, says }];
};

export const contentLooks: Looks<"readable" | "tampered" | "size"> = {
  readable: ({ allowed }, { inventory: { databases, unread, size } }) => ({
    against: [
      ...databases.flatMap(({ path, problem }) =>
        problem === undefined ? [] : [{ of: path, says: `${shownName(path)}: ${problem}` }],
      ),
      ...unread.map(({ path, reason }) => ({ of: path, says: `${shownName(path)}: ${reason}` })),
    ].filter(({ of }) => !fits(of, allowed)),
    looked: `${size.files} files and ${databases.length} package databases were read`,
    remedy: "remove what cannot be read, or make it readable",
  }),
  tampered: ({ allowed }, facts) =>
    lookAtPackages(facts, () =>
      lookAt(facts, ["owned"], ({ owned }) => {
        const differing = owned.differing.filter(({ configuration }) => !configuration);
        const against = [
          ...differing.map(({ path, package: owner, differs }) => {
            const says = `${shownName(path)} of ${owner} differs from what was shipped: ${differs.join(", ")}`;
            return { of: path, says };
          }),
          ...sinceOrigin(facts, owned.unowned),
        ];
        return {
          against: against.filter(({ of }) => !fits(of, allowed)),
          looked: "no file of a package differs but configuration",
          remedy:
            "put the change into a package, or have it in /etc; who did not make it looks who did",
        };
      }),
    ),
  size: ({ most }, { inventory: { size } }) => {
    const used = (size.used / gibibyte).toFixed(1);
    const isTooLarge = most !== null && size.used > most * gibibyte;
    const says = `${used} GiB are in use; ${most} are allowed`;
    return {
      against: isTooLarge ? [{ of: "size", says }] : [],
      looked: `${used} GiB are in use`,
      remedy: "remove packages and files, or have the operator allow more",
    };
  },
};
