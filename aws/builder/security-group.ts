import {
  AuthorizeSecurityGroupEgressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  RevokeSecurityGroupEgressCommand,
} from "@aws-sdk/client-ec2";
import type { BuilderWishes } from "../../core/builder-wishes.ts";
import { BuilderFailed, BuilderPending } from "../../core/errors.ts";
import type { BakeId } from "../../core/ids.ts";
import type { Machines } from "../machine/instances.ts";
import { codeOf } from "../machine/refusals.ts";
import { filters, tagged, tagsOf } from "../tags.ts";

/** What the stage's own group lets out already. */
const always = new Set([80, 443]);

/**
 * The groups of the bake's builder: the stage's or the one the recipe names, and beside it one of
 * the bake's own when steps connect to more ports. What groups let out adds up. Throws
 * BuilderPending when the group was made just now.
 */
export const securityGroups = async (
  aws: Machines,
  bake: BakeId,
  wishes: BuilderWishes,
): Promise<string[]> => {
  const base = wishes.securityGroup ?? aws.stage.network.securityGroupId;
  const ports = [...new Set(wishes.ports)].filter((port) => !always.has(port));
  return ports.length === 0 ? [base] : [base, await ownGroup(aws, bake, wishes, ports)];
};

/**
 * Made, or found: there is no client token, and a name is there only once in a VPC. A new one is
 * not known everywhere at once, and a builder that names it would be refused.
 */
const ownGroup = async (aws: Machines, bake: BakeId, wishes: BuilderWishes, ports: number[]) => {
  const [groupId] = await findGroups(aws, bake);
  if (groupId === undefined) {
    const made = await makeGroup(aws, bake, wishes);
    throw new BuilderPending(`the security group ${made} of ${bake} was made, for its ports`);
  }
  await letOut(aws, groupId, ports);
  return groupId;
};

const findGroups = async ({ ec2, stage }: Machines, bake: BakeId): Promise<string[]> => {
  const { SecurityGroups = [] } = await ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: filters(stage, { bake, role: "builder" }) }),
  );
  return SecurityGroups.flatMap(({ GroupId }) => GroupId ?? []);
};

const makeGroup = async (aws: Machines, bake: BakeId, wishes: BuilderWishes): Promise<string> => {
  const VpcId = await vpcOf(aws, wishes);
  const GroupName = `ovenbird-${aws.stage.name}-${bake}`;
  const tags = tagsOf({ stage: aws.stage, bake, role: "builder" });
  const { GroupId } = await aws.ec2
    .send(
      new CreateSecurityGroupCommand({
        ...{ GroupName, VpcId, Description: `Ports that the steps of ${bake} connect to` },
        TagSpecifications: tagged(tags, "security-group"),
      }),
    )
    .catch(async (error: unknown) => {
      if (codeOf(error) !== "InvalidGroup.Duplicate") throw error;
      return { GroupId: await named(aws, GroupName, VpcId) };
    });
  if (GroupId === undefined) throw new BuilderFailed(`EC2 made the group ${GroupName} without id`);
  return GroupId;
};

/** By its name, which is known at once: tags may be found a little later. */
const named = async ({ ec2 }: Machines, name: string, vpc: string): Promise<string | undefined> => {
  const Filters = [
    { Name: "group-name", Values: [name] },
    { Name: "vpc-id", Values: [vpc] },
  ];
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  return SecurityGroups?.[0]?.GroupId;
};

const vpcOf = async ({ ec2, stage }: Machines, { subnet }: BuilderWishes): Promise<string> => {
  if (subnet === undefined) return stage.network.vpcId;
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnet] }));
  return Subnets?.[0]?.VpcId ?? stage.network.vpcId;
};

const everywhere = { IpRanges: [{ CidrIp: "0.0.0.0/0" }], Ipv6Ranges: [{ CidrIpv6: "::/0" }] };

/** A new group lets everything out: that goes first, then the ports come. */
const letOut = async ({ ec2 }: Machines, GroupId: string, ports: readonly number[]) => {
  const all = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
  await ec2
    .send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [all] }))
    .catch(unless("InvalidPermission.NotFound"));
  for (const port of ports) {
    const rule = { IpProtocol: "tcp", FromPort: port, ToPort: port, ...everywhere };
    await ec2
      .send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: [rule] }))
      .catch(unless("InvalidPermission.Duplicate"));
  }
};

/**
 * Deletes the bake's own groups. One that a builder which is shutting down still has stays: the
 * next release, or the sweep, finds it by its tags.
 */
export const removeGroups = async (aws: Machines, bake: BakeId): Promise<void> => {
  for (const GroupId of await findGroups(aws, bake)) {
    await aws.ec2
      .send(new DeleteSecurityGroupCommand({ GroupId }))
      .catch(unless("DependencyViolation", "InvalidGroup.NotFound", "InvalidGroup.InUse"));
  }
};

/** Lets errors with these codes pass. */
const unless =
  (...codes: string[]) =>
  (error: unknown): void => {
    if (!codes.includes(codeOf(error))) throw error;
  };
