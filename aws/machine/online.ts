import { DescribeInstanceInformationCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { codeOf } from "./refusals.ts";

/** Whether the SSM agent of that machine answers. Before its first word SSM does not know it. */
export const isOnline = async (ssm: SSMClient, id: string): Promise<boolean> => {
  try {
    const { InstanceInformationList = [] } = await ssm.send(
      new DescribeInstanceInformationCommand({ Filters: [{ Key: "InstanceIds", Values: [id] }] }),
    );
    return InstanceInformationList.some(({ PingStatus }) => PingStatus === "Online");
  } catch (error) {
    if (codeOf(error) === "InvalidInstanceId") return false;
    throw error;
  }
};
