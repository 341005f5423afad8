import { ssmAgents } from "../aws/agents.ts";
import { s3Artifacts } from "../aws/artifacts.ts";
import { runAgent } from "../functions/run-agent.ts";
import { s3 } from "./shared/s3.ts";
import { ssm } from "./shared/ssm.ts";
import { stage } from "./shared/stage.ts";

export const handler = runAgent(ssmAgents({ s3, ssm, stage }), s3Artifacts({ s3, stage }));
