import {
  type BlockDeviceMapping,
  type CopyImageRequest,
  CreateTagsCommand,
  DescribeImagesCommand,
  type DescribeImagesRequest,
  type DescribeImagesResult,
  DescribeSnapshotsCommand,
  type EC2Client,
  EC2ServiceException,
  type Image,
  type RegisterImageRequest,
  type TagSpecification,
} from "@aws-sdk/client-ec2";
import { type Asked, between } from "./recorded.ts";

const refused = (name: string, message: string) =>
  new EC2ServiceException({ name, message, $fault: "client", $metadata: {} });

/** Moto knows no filter by the snapshots of images. */
const bySnapshot = (input: DescribeImagesRequest) =>
  input.Filters?.find(({ Name }) => Name === "block-device-mapping.snapshot-id")?.Values?.[0];

const isOfImage = ({ ResourceType }: TagSpecification): boolean => ResourceType === "image";

/**
 * What moto forgets of a registered image: that its name is taken, its tags, what it was registered
 * with, that its snapshots are in use, its deprecation, protection and watermark; and of a copied one its
 * tags, its root's name and its UEFI variables. `plain` is a client of its own.
 */
export const rememberImages = (ec2: EC2Client, plain: EC2Client): void => {
  const names = new Set<string>();
  const images = new Map<string, Partial<Image> & { Name?: string }>();
  const variables = new Map<string, string | undefined>();
  const imageOf = (input: Record<string, unknown>) => images.get(String(input["ImageId"]));

  /** A disk of which only the snapshot is told is as large as that. */
  const sized = async (mapping: BlockDeviceMapping): Promise<BlockDeviceMapping> => {
    const { SnapshotId, VolumeSize } = mapping.Ebs ?? {};
    if (SnapshotId === undefined || VolumeSize !== undefined) return mapping;
    const ask = new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] });
    const { Snapshots: [snapshot] = [] } = await plain.send(ask);
    return { ...mapping, Ebs: { ...mapping.Ebs, VolumeSize: snapshot?.VolumeSize } };
  };

  const register = async (input: RegisterImageRequest, next: () => Promise<unknown>) => {
    const { Name = "", TagSpecifications, UefiData, ...told } = input;
    if (names.has(Name)) {
      throw refused("InvalidAMIName.Duplicate", `AMI name ${Name} is already in use by an AMI`);
    }
    names.add(Name);
    const answer = (await next()) as { ImageId: string };
    const BlockDeviceMappings = await Promise.all((told.BlockDeviceMappings ?? []).map(sized));
    images.set(answer.ImageId, { ...(told as Partial<Image>), Name, BlockDeviceMappings });
    variables.set(answer.ImageId, UefiData);
    const Tags = TagSpecifications?.flatMap(({ Tags: tags = [] }) => tags) ?? [];
    await plain.send(new CreateTagsCommand({ Resources: [answer.ImageId], Tags }));
    return answer;
  };

  /** A copy has none of its source's tags; its root has the name that its source's has. */
  const copy = async (input: CopyImageRequest, next: () => Promise<unknown>) => {
    const answer = (await next()) as { ImageId: string };
    const Tags = input.TagSpecifications?.find(isOfImage)?.Tags;
    await plain.send(new CreateTagsCommand({ Resources: [answer.ImageId], Tags }));
    const ask = new DescribeImagesCommand({
      ImageIds: [String(input.SourceImageId), answer.ImageId],
    });
    const { Images = [] } = await plain.send(ask);
    const [source, made] = [input.SourceImageId, answer.ImageId].map((id) =>
      Images.find(({ ImageId }) => ImageId === id),
    );
    const DeviceName = source?.RootDeviceName;
    const BlockDeviceMappings = made?.BlockDeviceMappings?.map(({ Ebs }) => ({ DeviceName, Ebs }));
    images.set(answer.ImageId, { RootDeviceName: DeviceName, BlockDeviceMappings });
    variables.set(answer.ImageId, variables.get(String(input.SourceImageId)));
    return answer;
  };

  const users = (snapshotId: unknown) =>
    [...images.values()].filter(({ BlockDeviceMappings = [] }) =>
      BlockDeviceMappings.some(({ Ebs }: BlockDeviceMapping) => Ebs?.SnapshotId === snapshotId),
    );

  const remember = async ({ call, input }: Asked, next: () => Promise<unknown>) => {
    if (call === "RegisterImage") return register(input as never, next);
    if (call === "CopyImage") return copy(input as never, next);
    if (call === "DescribeImages") {
      const snapshotId = bySnapshot(input);
      if (snapshotId !== undefined) return { Images: users(snapshotId) };
      const answer = (await next()) as DescribeImagesResult;
      const Images = answer.Images?.map((image) => ({
        ...{ ...image, ...images.get(image.ImageId ?? "") },
      }));
      return { ...answer, Images };
    }
    if (call === "DescribeImageAttribute" && input["Attribute"] === "uefiData") {
      return { UefiData: { Value: variables.get(String(input["ImageId"])) } };
    }
    if (call === "DeregisterImage") {
      const answer = await next();
      names.delete(imageOf(input)?.Name ?? "");
      images.delete(String(input["ImageId"]));
      return answer;
    }
    if (call === "DeleteSnapshot" && users(input["SnapshotId"]).length > 0) {
      throw refused("InvalidSnapshot.InUse", "The snapshot is currently in use by an AMI");
    }
    if (call === "EnableImageDeprecation") {
      const DeprecationTime = (input["DeprecateAt"] as Date).toISOString();
      Object.assign(imageOf(input) ?? {}, { DeprecationTime });
      return {};
    }
    if (call === "AttachImageWatermark") {
      const WatermarkKey = `123456789012:${String(input["WatermarkName"])}`;
      const image = imageOf(input) ?? {};
      Object.assign(image, { ImageWatermarks: [{ WatermarkKey }] });
      return { WatermarkKey };
    }
    if (call === "EnableImageDeregistrationProtection") return {};
    return next();
  };
  between(ec2, remember, "at the service");
};
