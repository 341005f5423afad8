import * as z from "zod";
import type { OriginReference } from "../origin.ts";
import { IMAGE_FILTERS } from "./ec2-filters.ts";
import { named, nearest } from "./nearest.ts";
import { pattern, some } from "./shape.ts";
import { isMap } from "./tree.ts";

const OWNER =
  'an owner is self, amazon, or an account\'s id, 12 digits in quotes, as in "099720109477"; what the Marketplace sells loses its billing codes in a bake';
const NO_OWNER =
  "add owners: [self], [amazon] or accounts' ids; without one, anybody could publish an image that fits, and it would be baked here";
const VALUE = 'write text, or a list of texts, as in "al2023-ami-2023.*"';

const Owner = pattern(/^(?:self|amazon|[0-9]{12})$/, OWNER);

const Owners = z
  .union([Owner, some(Owner, NO_OWNER)], { error: NO_OWNER })
  .optional()
  .describe("Whose images are looked at: self, amazon, ids of accounts. Needed.");

const Value = z.union([z.string(), z.boolean()], { error: VALUE });

const isKnown = (name: string): boolean =>
  (IMAGE_FILTERS as readonly string[]).includes(name) || /^tag:.+/.test(name);

const complaintsOf = (filter: Readonly<Record<string, unknown>>) => {
  const { owners, ...filters } = filter;
  const names = Object.keys(filters);
  const unknown = names.filter((name) => !isKnown(name)).map((name) => unknownFilter(name));
  const noOwner = { path: [], message: "owners is missing", hint: NO_OWNER };
  const hint = 'add a filter, as in name: "al2023-ami-2023.*"';
  const noFilter = { path: [], message: "any image of the owners' would fit", hint };
  return [
    ...unknown,
    ...(owners === undefined ? [noOwner] : []),
    ...(names.length === 0 ? [noFilter] : []),
  ];
};

const unknownFilter = (name: string) => {
  const meant = nearest(name.replaceAll("_", "-"), [...IMAGE_FILTERS, "owners"]);
  const usual = named(["name", "architecture", "tag:KEY", "description", "creation-date"]);
  const hint =
    meant === undefined ? `the filters are EC2's: ${usual} and others` : `did you mean "${meant}"?`;
  return { path: [name], message: `EC2 has no filter "${name}"`, hint, on: "key" };
};

/** `filter:`, as written: DescribeImages' own names. */
export const WrittenFilter = z
  .object(
    { owners: Owners },
    { error: 'write a map, as in {owners: [amazon], name: "al2023-ami-2023.*"}' },
  )
  .catchall(z.union([Value, some(Value, VALUE)], { error: VALUE }))
  .superRefine(
    (filter, context) => {
      for (const { path, message, hint, ...rest } of complaintsOf(filter)) {
        context.addIssue({ code: "custom", message, path, params: { hint, ...rest } });
      }
    },
    { when: ({ value }) => isMap(value) },
  )
  .meta({ required: ["owners"], minProperties: 2 });
type WrittenFilter = z.infer<typeof WrittenFilter>;

type FilterReference = Extract<OriginReference, { kind: "filter" }>;

export const filterOf = ({ owners = [], ...filters }: WrittenFilter): FilterReference => ({
  kind: "filter",
  owners: [owners].flat(),
  filters: Object.fromEntries(
    Object.entries(filters).map(([name, values]) => [name, [values].flat().map(String)]),
  ),
});
