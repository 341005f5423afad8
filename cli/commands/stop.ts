import { userInfo } from "node:os";
import { NotFound } from "../../core/errors.ts";
import { BakeId } from "../../core/ids.ts";
import { openCloud } from "../aws/cloud.ts";
import { print, printJson } from "../output.ts";

interface Options {
  stage?: string;
  json?: boolean;
}

/** Stops a bake that runs in an AWS account: its end's event has what it holds given back. */
export const stop = async ([id = ""]: string[], options: Options): Promise<void> => {
  const { executions } = await openCloud(options.stage);
  const bake = BakeId.safeParse(id);
  const execution = bake.success ? await executions.describe(bake.data) : undefined;
  if (execution === undefined) {
    throw new NotFound(`there is no bake ${id}; \`ovenbird bakes\` lists them`);
  }
  const { status } = execution;
  const stopped = status === "running";
  if (stopped) {
    const cause = `${userInfo().username} stopped it by \`ovenbird stop\``;
    await executions.stop(execution.bake, "BakeStopped", cause);
  }
  if (options.json) return printJson({ bake: execution.bake, stopped, status });
  print(
    stopped
      ? `stopped ${id}; what it holds is released`
      : `${id} had ended before: it ${status === "stopped" ? "was stopped" : status}`,
  );
};
