import { digestOf } from "../../core/digest-of.ts";
import { verdictText } from "../../core/policy/verdict.ts";
import { SnapshotId } from "../../core/ids.ts";
import { folderArtifacts } from "../../local/artifacts.ts";
import { folderImages } from "../../local/images.ts";
import { madeId } from "../../local/made-id.ts";
import { folderVerdicts, rejectedVerdict, verdictOf } from "../../local/verdicts.ts";
import { describeVerdicts } from "../contracts/verdicts.ts";
import { openState } from "../support/local-state.ts";

describeVerdicts("local", async () => {
  const state = await openState();
  const { paths } = state;
  return {
    ...state,
    verdicts: folderVerdicts(paths),
    artifacts: folderArtifacts(paths),
    images: folderImages(paths),
    candidate: () => state.bakeWithCandidate("alive"),
    async known({ bake }) {
      const snapshotId = SnapshotId.parse(madeId("snap", bake));
      const said = [await verdictOf(paths, snapshotId), await rejectedVerdict(paths, bake)];
      const [verdict, ...more] = said.filter((one) => one !== undefined);
      if (more.length > 0) throw new Error(`${bake} passed and was rejected`);
      return (
        verdict && {
          ...{ passed: verdict.passed, digest: digestOf(verdictText(verdict)) },
        }
      );
    },
  };
});
