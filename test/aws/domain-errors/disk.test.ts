import * as errors from "../../../core/errors.ts";
import * as pending from "../../../core/pending.ts";
import type { AwsBakery } from "../../support/aws-double/bakery.ts";
import {
  builderEnds,
  type Case,
  endsOf,
  refusing,
  remove,
} from "../../support/aws-double/failing.ts";

/** What tasks alone may say: a builder that says so in its result has died. */
const ofTasks = new Set([...Object.keys(pending), "SpotLost"]);

const rejections = new Set(["TestsFailed", "PolicyRefused", "ProvenanceFailed"]);

endsOf("RunAgent", [
  ...Object.keys(errors)
    .filter((error) => !ofTasks.has(error))
    .map((error): Case => ({
      when: `the agent's result says ${error}`,
      ...{ error, says: /^what the agent met$/ },
      outcome: rejections.has(error) ? "rejected" : "failed",
      order: {
        agent: {
          after: 9000,
          result: { status: "failed", error, message: "what the agent met" },
        },
      },
    })),
  {
    when: "the agent leaves no result",
    error: "AgentDied",
    says: /left no result/,
    order: { agent: { after: 9000 } },
  },
  ...[...ofTasks].map((error): Case => ({
    when: `the agent's result says ${error}, which is no agent's to say`,
    ...{ error: "AgentDied", says: /^what the agent met$/ },
    order: {
      agent: { after: 9000, result: { status: "failed", error, message: "what the agent met" } },
    },
  })),
  {
    when: "EC2 itself ends the builder",
    error: "AgentDied",
    says: /is terminated|shutting-down/,
    order: builderEnds("Server.InternalError", "Server.InternalError", 100_000),
  },
  {
    when: "the builder's time is up",
    error: "AgentDied",
    says: /its time was up/,
    order: {
      ...builderEnds("Client.InstanceInitiatedShutdown", "Instance initiated shutdown", 2_400_000),
      agent: { after: 4_800_000 },
    },
  },
]);

endsOf("CreateSnapshot", [
  {
    when: "the disk is gone",
    error: "NotFound",
    says: /working disk/,
    ...refusing("CreateSnapshot", "InvalidVolume.NotFound"),
  },
]);

endsOf("AwaitSnapshot", [
  {
    when: "the snapshot errors",
    error: "SnapshotFailed",
    says: /the disk fell over/,
    after: {
      call: "SendCommand",
      work: ({ aws }) => void aws.failures.push("the disk fell over"),
    },
  },
  {
    when: "the snapshot is removed",
    error: "NotFound",
    says: /there is no snapshot/,
    after: {
      call: "CreateSnapshot",
      work: ({ clock, aws }) =>
        void clock.sleep(10_000).then(() => remove("snapshots", "snapshot")({ aws } as AwsBakery)),
    },
  },
]);
