import { patient } from "../aws/patient.ts";
import { runAgent } from "../functions/run-agent.ts";
import { agents } from "./shared/agents.ts";
import { artifacts } from "./shared/artifacts.ts";

export const handler = patient(runAgent(agents, artifacts));
