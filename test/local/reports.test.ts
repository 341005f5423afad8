import { readFile } from "node:fs/promises";
import { noAttributes } from "../../core/image-attributes.ts";
import { folderImages } from "../../local/images.ts";
import { folderReports } from "../../local/reports.ts";
import { describeReports } from "../contracts/reports.ts";
import { openState } from "../support/local-state.ts";

describeReports("local", async () => {
  const state = await openState();
  const images = folderImages(state.paths);
  const reports = folderReports(state.paths);
  const message = "the rule world_writable is not satisfied";
  const failure = { state: "rejected", error: "ProvenanceFailed", message } as const;
  return {
    ...{ ...state, reports },
    async candidate(name, drop) {
      const spec = { ...(await state.newSpec()), name, ...(drop && { drop }) };
      return { ...spec, imageId: await images.register(spec, noAttributes) };
    },
    publish: ({ imageId }) => images.publish(imageId),
    async pageOf({ bake, imageId }, end) {
      const rejected = end === "rejected";
      await (rejected ? images.release(bake) : images.publish(imageId));
      const ended = { timeline: undefined, ...(rejected && { failure }) };
      return readFile((await reports.finish(bake, ended)) ?? "", "utf8");
    },
  };
});
