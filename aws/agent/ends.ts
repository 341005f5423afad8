import type { GetCommandInvocationResult } from "@aws-sdk/client-ssm";
import type { BuilderId } from "../../core/ids.ts";
import { deliveryTimeout } from "./commands.ts";

const inFlight = new Set(["Pending", "InProgress", "Delayed", "Cancelling"]);

/** How Systems Manager says that a command ended, by its StatusDetails, as sentences. */
const sentences: Record<string, string> = {
  DeliveryTimedOut: `did not take its command in ${deliveryTimeout} s: its SSM agent does not answer, or the network is without a way to Systems Manager`,
  Undeliverable:
    "could not be given its command: Systems Manager does not reach it, or manages it no more",
  ExecutionTimedOut:
    "was still at work when its time was up, and was ended; a builder lives as long as the stage's parameter says",
  Cancelled: "was told to end: the bake was stopped or released",
  Terminated: "was not given its command: Systems Manager gave the command up",
  InvalidPlatform: "is of a platform that the command is not for; Linux would be right",
  AccessDenied: "was not given its command: the account does not allow it",
};

/** AWS writes them with spaces and one L in some places. */
const normal = (details: string): string =>
  details
    .replaceAll(" ", "")
    .replace("Canceled", "Cancelled")
    .replace(/^TimedOut$/, "ExecutionTimedOut");

/** Lines of its standard error that are passed on: its last. */
const kept = 20;

/**
 * How the command ended, for one that left no result; undefined while it is in flight. Its status
 * says nothing of the work.
 */
export const endOf = (
  builderId: BuilderId,
  answer: GetCommandInvocationResult | undefined,
): string | undefined => {
  const { Status = "Pending", StatusDetails = Status, ResponseCode = -1 } = answer ?? {};
  if (inFlight.has(Status)) return undefined;
  const how =
    sentences[normal(StatusDetails)] ??
    `ended its command with status ${ResponseCode} (${StatusDetails}) and left no result`;
  const complaint = (answer?.StandardErrorContent ?? "").trim().split("\n").slice(-kept);
  return [`the builder ${builderId} ${how}`, ...complaint].join("\n").trim();
};
