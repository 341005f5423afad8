import type {
  CreateSecurityGroupRequest,
  DescribeSecurityGroupsRequest,
  DescribeSubnetsRequest,
} from "@aws-sdk/client-ec2";
import type { Clock } from "./clock.ts";
import { serviceError } from "./faults.ts";
import { fits, type Latencies, newId, page, tagsFor, type Thing, Things } from "./world.ts";

interface GroupThing extends Thing {
  name: string;
  vpcId: string;
}

/** Security groups; a subnet is whatever is named. */
export const openGroups = (
  clock: Clock,
  latencies: Latencies,
  isUsed: (groupId: string) => boolean,
) => {
  const groups = new Things<GroupThing>(clock, "InvalidGroup.NotFound");
  const operations = {
    CreateSecurityGroup(request: CreateSecurityGroupRequest) {
      const [name, vpcId] = [request.GroupName ?? "", request.VpcId ?? ""];
      if ([...groups.values()].some((one) => one.name === name && one.vpcId === vpcId)) {
        throw serviceError("InvalidGroup.Duplicate", `The security group '${name}' already exists`);
      }
      const made: GroupThing = {
        ...{ id: newId("sg"), name, vpcId, created: clock.now() },
        tags: tagsFor(request.TagSpecifications, "security-group"),
        visible: clock.now() + latencies.visible,
      };
      groups.set(made.id, made);
      return { GroupId: made.id };
    },
    DescribeSecurityGroups({ GroupIds, Filters, NextToken }: DescribeSecurityGroupsRequest) {
      const meant = GroupIds?.map((id) => groups.named(id)) ?? groups.seen();
      const found = meant.filter((one) =>
        fits(
          one.tags,
          { "group-name": one.name, "vpc-id": one.vpcId, "group-id": one.id },
          Filters,
        ),
      );
      const { items, next } = page(found, NextToken);
      return {
        SecurityGroups: items.map(({ id, name, vpcId, tags }) => ({
          ...{ GroupId: id, GroupName: name, VpcId: vpcId, Tags: tags },
        })),
        NextToken: next,
      };
    },
    DeleteSecurityGroup({ GroupId = "" }: { GroupId?: string }) {
      if (isUsed(GroupId)) {
        throw serviceError("DependencyViolation", `resource ${GroupId} has a dependent object`);
      }
      if (!groups.delete(GroupId)) throw groups.missing(GroupId);
      return {};
    },
    AuthorizeSecurityGroupEgress: () => ({ Return: true }),
    RevokeSecurityGroupEgress: () => ({ Return: true }),
    DescribeSubnets: ({ SubnetIds = [] }: DescribeSubnetsRequest) => ({
      Subnets: SubnetIds.map((SubnetId) => ({ SubnetId, VpcId: "vpc-00000000" })),
    }),
  };
  return { groups, operations };
};
