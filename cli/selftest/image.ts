import type { Image } from "@aws-sdk/client-ec2";
import { tagKeys } from "../../aws/tags.ts";
import { BootMode } from "../../core/job.ts";
import type { BakeId, ImageId } from "../../core/ids.ts";
import type { TestedStage } from "./ports.ts";
import { good, recipeTag } from "./recipes.ts";

export interface Baked {
  bake: BakeId;
  imageId: ImageId;
}

/** Holds that the AMI is what EC2 was to be told. Throws with all that is not so. */
export const imageIsRight = async (tested: TestedStage, baked: Baked): Promise<void> => {
  const ami = await tested.image(baked.imageId);
  if (ami === undefined) throw new Error(`EC2 knows no image ${baked.imageId}`);
  const wishes = [...attributes(ami), ...tags(tested.stage.name, baked.bake, ami)];
  const wrong = wishes.filter(({ is = "", right }) => !right.includes(is));
  if (wrong.length === 0) return;
  const texts = wrong.map(
    ({ name, is, right }) => `${name} is ${is ?? "not said"}; right would be ${right.join(" or ")}`,
  );
  throw new Error(`of the image ${baked.imageId}, ${texts.join(", and ")}`);
};

interface Wish {
  name: string;
  is: string | undefined;
  /** Any of these. */
  right: readonly string[];
}

/** EC2 has other defaults for most of these: i386, paravirtual. */
const attributes = (ami: Image): Wish[] => {
  const root = ami.BlockDeviceMappings?.find(
    ({ DeviceName }) => DeviceName === ami.RootDeviceName,
  )?.Ebs;
  return [
    { name: "its state", is: ami.State, right: ["available"] },
    { name: "its architecture", is: ami.Architecture, right: ["x86_64"] },
    { name: "its virtualization", is: ami.VirtualizationType, right: ["hvm"] },
    { name: "its boot mode", is: ami.BootMode, right: BootMode.options },
    { name: "its enhanced networking (ENA)", is: String(ami.EnaSupport), right: ["true"] },
    { name: "its metadata service", is: ami.ImdsSupport, right: ["v2.0"] },
    { name: "whether it is public", is: String(ami.Public ?? false), right: ["false"] },
    { name: "whether its root is encrypted", is: String(root?.Encrypted), right: ["true"] },
  ];
};

const tags = (stage: string, bake: BakeId, { Tags = [] }: Image): Wish[] => {
  const [key, value] = recipeTag;
  const right: Record<string, string> = {
    ...{ [tagKeys.stage]: stage, [tagKeys.bake]: bake, [tagKeys.role]: "image" },
    ...{ [tagKeys.recipe]: good.name, [tagKeys.state]: "published", [key]: value },
  };
  return Object.entries(right).map(([name, wanted]) => ({
    name: `its tag ${name}`,
    is: Tags.find(({ Key }) => Key === name)?.Value,
    right: [wanted],
  }));
};

/** Holds that those who ask for the newest image of the recipe get this one. */
export const isLatest = async (tested: TestedStage, { imageId }: Baked): Promise<void> => {
  const latest = await tested.latest(good.name);
  if (latest === imageId) return;
  throw new Error(
    `the parameter of the latest ${good.name} has ${latest ?? "no value"}, and not ${imageId}`,
  );
};
