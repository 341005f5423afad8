import { describe, expect, test } from "vitest";
import { bakeEnded, endOf } from "../../core/bake-ended.ts";
import type { BakeId } from "../../core/ids.ts";
import { SnapshotId } from "../../core/ids.ts";
import { isEndingTold } from "../../core/ending.ts";
import { noAttributes } from "../../core/image-attributes.ts";
import { imageSpec, someBake } from "../support/local-state.ts";
import { memoryAnnouncements, memoryArtifacts, memoryImages } from "../support/memory-ports.ts";
import { memoryExecutions } from "../support/memory-way-in.ts";

const eventOf = (bake: string, status: string, more: object = {}) => ({
  ...{ version: "0", "detail-type": "Step Functions Execution Status Change" },
  ...{ source: "aws.states", time: "2026-11-21T12:00:00Z", region: "eu-west-1" },
  detail: {
    ...{ executionArn: `arn:x:${bake}`, stateMachineArn: "arn:y", name: bake, status },
    ...{ startDate: 1_700_000_000_000, stopDate: 1_700_000_060_000, input: "{}", output: null },
    ...more,
  },
});

const openWorld = () => {
  const released: BakeId[] = [];
  const kept: [BakeId, Date][] = [];
  return {
    ...{ released, kept, executions: memoryExecutions(), announcements: memoryAnnouncements() },
    ...{ images: memoryImages(), artifacts: memoryArtifacts() },
    builders: {
      async keep(bake: BakeId, until: Date) {
        kept.push([bake, until]);
        return 0;
      },
    },
    release: async (bake: BakeId) => void released.push(bake),
    isReleased: async () => false,
  };
};

/** One in which the bake gave all back itself. */
const openReleased = () => ({ ...openWorld(), isReleased: async () => true });

/** The announcement of an execution's end, and the world after it. */
const ended = async (status: string, more: object = {}, world = openWorld(), bake = someBake()) => {
  const end = endOf(eventOf(bake, status, more));
  if (end === undefined) throw new Error("it is a bake");
  await bakeEnded(world, end);
  return { bake, world, told: world.announcements.told };
};

const cause = JSON.stringify({ errorType: "StepFailed", errorMessage: "nginx said no", trace: [] });

describe("the end of an execution", () => {
  test("that succeeded releases its bake and tells nobody: publication did", async () => {
    const { bake, world, told } = await ended("SUCCEEDED");
    expect(world.released).toEqual([bake]);
    expect(told).toEqual([]);
    expect(world.kept).toEqual([]);
  });

  test("that succeeded, and gave all back itself, is left at that; one that failed is not", async () => {
    expect((await ended("SUCCEEDED", {}, openReleased())).world.released).toEqual([]);
    const failed = await ended("FAILED", { error: "StepFailed", cause }, openReleased());
    expect(failed.world.released).toEqual([failed.bake]);
    const stopped = await ended("ABORTED", {}, openReleased());
    expect(stopped.world.released).toEqual([stopped.bake]);
  });

  test("that failed tells its error and Lambda's message, under the bake's id", async () => {
    const { bake, world, told } = await ended("FAILED", { error: "StepFailed", cause });
    expect(told).toEqual([
      {
        ...{ version: 1, id: bake, outcome: "failed", bake, name: "web", error: "StepFailed" },
        ...{ message: "nginx said no", at: "2026-11-21T12:00:00Z" },
      },
    ]);
    expect(world.released).toEqual([bake]);
    expect(world.kept).toEqual([]); // a builder that was to be kept stays
  });

  test.each(["TestsFailed", "PolicyRefused"])("by %s is a rejection", async (error) => {
    const { told } = await ended("FAILED", { error, cause: "no" });
    expect(told).toMatchObject([{ outcome: "rejected", error, message: "no" }]);
  });

  test("whose event does not say why is looked up", async () => {
    const world = openWorld();
    const bake = someBake();
    const execution = { bake, status: "failed", started: new Date() } as const;
    world.executions.all.set(bake, { ...execution, error: "AgentDied", message: "it died" });
    const { told } = await ended("FAILED", {}, world, bake);
    expect(told).toMatchObject([{ outcome: "failed", error: "AgentDied", message: "it died" }]);
  });

  test.each([
    ["ABORTED", "stopped", "BakeStopped"],
    ["TIMED_OUT", "failed", "States.Timeout"],
  ])("by %s keeps no builder, and tells so", async (status, outcome, error) => {
    const { bake, world, told } = await ended(status);
    expect(told).toMatchObject([{ outcome, error, message: expect.stringContaining("execution") }]);
    expect(world.kept).toEqual([[bake, new Date(0)]]);
    expect(world.released).toEqual([bake]);
  });

  test("that was stopped after it was published is not told as one that was not", async () => {
    const world = openWorld();
    const bake = someBake();
    const published = { id: 9, at: 0, type: "TaskStateExited", state: "PublishImage" };
    world.executions.histories.set(bake, [published]);
    const { told } = await ended("ABORTED", {}, world, bake);
    expect(told).toEqual([]);
    expect(world.released).toEqual([bake]);
  });

  test("is told although nothing could be released, and the other way round", async () => {
    const world = openWorld();
    world.release = () => Promise.reject(new Error("EC2 is away"));
    await expect(ended("FAILED", {}, world)).rejects.toThrow("EC2 is away");
    expect(world.announcements.told).toHaveLength(1);
    const deaf = openWorld();
    deaf.announcements.announce = () => Promise.reject(new Error("SNS is away"));
    await expect(ended("FAILED", {}, deaf)).rejects.toThrow("SNS is away");
    expect(deaf.released).toHaveLength(1);
  });

  test("that failed after its image was published tells of the image", async () => {
    const world = openWorld();
    const bake = someBake();
    const spec = imageSpec(bake, SnapshotId.parse("snap-00000001"));
    const imageId = await world.images.register(spec, noAttributes);
    await world.images.publish(imageId);
    const { told } = await ended("FAILED", { error: "AnnouncementFailed" }, world, bake);
    const at = new Date("2026-11-21T12:00:00Z").toISOString();
    const { name } = spec;
    expect(told).toEqual([{ version: 1, id: bake, outcome: "published", bake, name, imageId, at }]);
  });

  test("is noted when it was told, and not before", async () => {
    const deaf = openWorld();
    const bake = someBake();
    deaf.announcements.announce = () => Promise.reject(new Error("SNS is away"));
    await expect(ended("FAILED", {}, deaf, bake)).rejects.toThrow("SNS is away");
    expect(await isEndingTold(deaf.artifacts, bake)).toBe(false);
    const { world } = await ended("FAILED", {}, openWorld(), bake);
    expect(await isEndingTold(world.artifacts, bake)).toBe(true);
  });

  test("of one that is no bake is nobody's business", () => {
    expect(endOf(eventOf("by-hand", "FAILED"))).toBeUndefined();
    expect(() => endOf({ source: "aws.ec2" })).toThrow();
  });
});
