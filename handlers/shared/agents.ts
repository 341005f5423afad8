import { ssmAgents } from "../../aws/agents.ts";
import { builderEnd } from "../../aws/builder-end.ts";
import { ec2 } from "./ec2.ts";
import { logs } from "./logs.ts";
import { s3 } from "./s3.ts";
import { ssm } from "./ssm.ts";
import { stage } from "./stage.ts";

export const agents = ssmAgents({ logs, s3, ssm, stage, builderEnd: builderEnd({ ec2 }) });
