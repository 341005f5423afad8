import { sfnExecutions } from "../aws/executions.ts";
import { s3Fates } from "../aws/fates.ts";
import { s3Names } from "../aws/names.ts";
import { surroundingsOf } from "../aws/surroundings.ts";
import { dropOf } from "../core/drop.ts";
import type { Announcements } from "../core/ports.ts";
import { startBake } from "../core/way-in/start-bake.ts";
import { artifacts } from "./shared/artifacts.ts";
import { drops, policies } from "./shared/policies.ts";
import { s3 } from "./shared/s3.ts";
import { sfn } from "./shared/sfn.ts";
import { stage } from "./shared/stage.ts";

/** Only of what is refused somebody is told here: two clients of the SDK's are loaded for that. */
const announcements: Announcements = {
  async announce(announcement) {
    const loaded = await import("./shared/announcements.ts");
    await loaded.announcements.announce(announcement);
  },
};

const ports = {
  ...{ drops, policies, artifacts, announcements },
  ...{ fates: s3Fates({ s3, stage }), names: s3Names({ s3, stage }) },
  executions: sfnExecutions({ sfn, stage }),
  given: { environment: {}, surroundings: surroundingsOf(stage) },
};

/** S3's event of an object that was created: starts its bake, once. */
export const handler = async (event: unknown): Promise<void> => {
  const drop = dropOf(event);
  const fate = await startBake(ports, drop);
  process.stdout.write(`${JSON.stringify({ message: "drop", ...drop, ...fate })}\n`);
};
