import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { NotFound, OriginRefused } from "../../core/errors.ts";
import { ImageId } from "../../core/ids.ts";
import { newestImage } from "../../core/newest-image.ts";
import type { OriginReference } from "../../core/origin.ts";
import { isNamed } from "../named-error.ts";
import { filters as tagFilters } from "../tags.ts";
import type { OriginsAccount } from "./account.ts";
import { type Ami, newestFirst, tagOf } from "../ami.ts";
import { amisThatFit } from "../find-images.ts";

type Reference<Kind> = Extract<OriginReference, { kind: Kind }>;

/** The id that a parameter holds. Throws NotFound, OriginRefused. */
export const idInParameter = async (
  { ssm }: Pick<OriginsAccount, "ssm">,
  { parameter }: Reference<"parameter">,
): Promise<ImageId> => {
  const value = await valueOf({ ssm }, parameter);
  const { data } = ImageId.safeParse(value);
  if (data?.startsWith("ami-") === true) return data;
  throw new OriginRefused(
    `the parameter ${parameter} does not hold the id of an image but ${JSON.stringify(value.slice(0, 60))}; name one that holds ami-…`,
  );
};

const valueOf = async (
  { ssm }: Pick<OriginsAccount, "ssm">,
  parameter: string,
): Promise<string> => {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameter }));
    return Parameter?.Value ?? "";
  } catch (error) {
    if (!isNamed(error, "ParameterNotFound", "ParameterVersionNotFound")) throw error;
    throw new NotFound(
      `the origin is the image in the parameter ${parameter}, and there is no such parameter in this region`,
      { cause: error },
    );
  }
};

/**
 * Whether an image is meant to be started from: a stage's own candidates are not published yet, and
 * copies of stock images stand for their originals.
 */
const isOffered = (ami: Ami): boolean => {
  const role = tagOf(ami, "role");
  return role === undefined || (role === "image" && tagOf(ami, "state") === "published");
};

/** The newest available image of these owners that fits. Throws NotFound. */
export const newestThatFits = async (
  { ec2 }: Pick<OriginsAccount, "ec2">,
  { owners, filters }: Reference<"filter">,
): Promise<Ami> => {
  const Filters = Object.entries({ state: ["available"], ...filters }).map(([Name, Values]) => ({
    ...{ Name, Values },
  }));
  const found = (await amisThatFit(ec2, { Owners: owners, Filters })).filter(isOffered);
  const [newest] = found.toSorted(newestFirst);
  if (newest !== undefined) return newest;
  const told = Object.entries(filters).map(([name, values]) => `${name}: ${values.join(", ")}`);
  throw new NotFound(
    `no image of ${owners.join(", ")} in this region fits the origin's filter (${told.join("; ")}); those that are deprecated are left out`,
  );
};

const dated = (ami: Ami) => ({
  ...{ ami, imageId: ami.ImageId ?? "", created: ami.CreationDate ?? "" },
  mark: tagOf(ami, "drop"),
});

/** The newest published image of a recipe, by its drop. Throws NotFound. */
export const newestOfRecipe = async (
  { ec2, stage }: Pick<OriginsAccount, "ec2" | "stage">,
  { recipe }: Reference<"recipe">,
): Promise<Ami> => {
  const published = { role: "image", recipe, state: "published" };
  const Filters = [...tagFilters(stage, published), { Name: "state", Values: ["available"] }];
  const found = await amisThatFit(ec2, { Owners: ["self"], Filters });
  const newest = newestImage(found.map(dated));
  if (newest !== undefined) return newest.ami;
  throw new NotFound(
    `the origin is an image of the recipe ${recipe}, and none is published yet; bake that recipe first`,
  );
};
