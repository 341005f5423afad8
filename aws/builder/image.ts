import { DescribeImagesCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { BuilderFailed } from "../../core/errors.ts";
import type { Architecture } from "../../core/job.ts";
import type { Machines } from "../machine/instances.ts";
import { codeOf } from "../machine/refusals.ts";

/** What builders boot: an AMI, and the device and GiB of its root. */
export interface BuilderImage {
  imageId: string;
  rootDevice: string;
  rootSize: number;
}

/** An AMI never changes, so what a function's earlier call saw of one is as good. */
const known = new WeakMap<EC2Client, ReadonlyMap<string, BuilderImage>>();

/** The newest one, by the stage's public parameter. Throws BuilderFailed. */
export const builderImage = async (
  { ec2, ssm, stage }: Machines & { ssm: SSMClient },
  architecture: Architecture,
): Promise<BuilderImage> => {
  const Name = stage.builders.imageParameters[architecture];
  const imageId = await parameter(ssm, Name);
  const seen = known.get(ec2)?.get(imageId);
  if (seen !== undefined) return seen;
  const { Images: [found] = [] } = await ec2
    .send(new DescribeImagesCommand({ ImageIds: [imageId] }))
    .catch((error: unknown) => {
      if (codeOf(error).startsWith("InvalidAMIID")) return { Images: [] };
      throw error;
    });
  const { RootDeviceName: rootDevice, BlockDeviceMappings = [] } = found ?? {};
  const root = BlockDeviceMappings.find(({ DeviceName }) => DeviceName === rootDevice);
  if (rootDevice === undefined || root?.Ebs?.VolumeSize === undefined) {
    throw new BuilderFailed(
      `the image of builders is ${imageId} by the parameter ${Name}, and there is no such image with an EBS root in ${stage.region}; the stage's imageParameters have to name one of that region`,
    );
  }
  const image = { imageId, rootDevice, rootSize: root.Ebs.VolumeSize };
  known.set(ec2, new Map([...(known.get(ec2) ?? []), [imageId, image]]));
  return image;
};

const parameter = async (ssm: SSMClient, Name: string): Promise<string> => {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    return Parameter?.Value ?? "";
  } catch (error) {
    if (codeOf(error) !== "ParameterNotFound") throw error;
    throw new BuilderFailed(
      `there is no parameter ${Name}, which the stage's imageParameters name for the image of builders; name a public one, such as /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64`,
      { cause: error },
    );
  }
};
