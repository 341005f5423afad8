import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { latestParameter } from "../../aws/latest-image.ts";
import { tagKeys } from "../../aws/tags.ts";
import { disk } from "../support/local-state.ts";
import { noMoto } from "../support/moto.ts";
import { type MotoBakery, openMotoBakery } from "../support/moto-bakery.ts";
import { stockImage } from "../support/moto-stage.ts";

const recipe = (name: string) => `
image:
  name: ${name}
  description: A page
  origin: ${stockImage.ami_id}
  configure:
    - shell: echo hello
  tests:
    - name: serves
      command: echo served
  tags: { role: web }
  aws:
    imds_support: v2.0
    tpm_support: v2.0
    ports: [8443]
    block_devices: [{ device_name: /dev/sdf, size: 4 }]
    deprecate_after: 90d
    deregistration_protection: true
`;
const policy = "policy: { network: { ports: [8443] } }\n";

/*
 * One after the other, as the interpreter runs one execution: the first bake's image is there
 * while the others go wrong, and nothing of theirs is.
 */
/** Milliseconds: other tests have the processors, too. */
const timeout = 180_000;

describe.skipIf(noMoto !== "")(`bakes on moto's interpreter${noMoto}`, { timeout }, () => {
  let bakery: MotoBakery;
  /** What is there of right: the origin's copy, the published image, its snapshot. */
  let kept: string[];
  beforeAll(async () => {
    bakery = await openMotoBakery();
    await bakery.cloud.push({
      ...{ key: "policies/team.yaml", content: Buffer.from(policy), parameters: {} },
    });
  }, timeout);
  afterAll(async () => bakery[Symbol.asyncDispose]());

  const messageOf = (bake: string) => bakery.messages.filter(({ id }) => id === bake);
  const eventsOf = (bake: string) =>
    bakery.asked
      .filter(({ call }) => call === "PutEvents")
      .flatMap(({ input }) => input["Entries"] as { DetailType: string; Detail: string }[])
      .filter(({ Detail }) => (JSON.parse(Detail) as { id: string }).id === bake);

  test("a recipe in the bucket becomes an image, however often the drop is told", async () => {
    bakery.agents.play = () => ({ status: "succeeded", disk });
    const bake = await bakery.drop("web", recipe("web"), 2);
    const ended = await bakery.end(bake);
    expect(ended.cause).toBeUndefined();
    expect(ended.status).toBe("SUCCEEDED");
    // what is below an element of a list is a list to moto, and is no list to Step Functions
    const [image] = JSON.parse(ended.output ?? "") as { imageId: string }[];
    const imageId = image?.imageId;

    // moto forgets most of it, so it is what was asked
    const registered = bakery.asked.filter(({ call }) => call === "RegisterImage");
    expect(registered).toHaveLength(1);
    const root = { DeviceName: "/dev/xvda", Ebs: { SnapshotId: expect.any(String) } };
    expect(registered[0]?.input).toMatchObject({
      ...{ Name: `ovenbird/dev/${bake}`, Description: "A page", Architecture: "x86_64" },
      ...{ VirtualizationType: "hvm", BootMode: "uefi", EnaSupport: true },
      ...{ ImdsSupport: "v2.0", TpmSupport: "v2.0", RootDeviceName: "/dev/xvda" },
      BlockDeviceMappings: [root, { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 4 } }],
    });
    const enabled = bakery.asked.filter(({ call }) => call.startsWith("Enable"));
    expect(enabled).toMatchObject([
      {
        call: "EnableImageDeprecation",
        input: { ImageId: imageId, DeprecateAt: expect.any(Date) },
      },
      { call: "EnableImageDeregistrationProtection", input: { ImageId: imageId } },
    ]);
    const found = await bakery.ec2.send(new DescribeImagesCommand({ ImageIds: [imageId ?? ""] }));
    expect(found.Images?.[0]?.Tags).toEqual(
      expect.arrayContaining([
        ...[{ Key: tagKeys.state, Value: "published" }],
        ...[{ Key: tagKeys.bake, Value: bake }],
        ...[{ Key: "role", Value: "web" }],
      ]),
    );

    const latest = new GetParameterCommand({ Name: latestParameter(bakery.stage, "web") });
    const { Parameter } = await bakery.ssm.send(latest);
    expect(Parameter?.Value).toBe(imageId);
    const told = { outcome: "published", bake, name: "web", imageId };
    expect(messageOf(bake)).toMatchObject([told]);
    expect(eventsOf(bake)).toMatchObject([{ DetailType: "Image Published" }]);

    kept = await bakery.things();
    expect(kept.map((id) => id.replace(/-.*/, ""))).toEqual(["snap", "ami", "ami"]);
    expect(kept).toContain(imageId);
  });

  test("an agent whose step failed fails the bake under that name, and nothing is left", async () => {
    const message = "step 1 (shell): ended with status 7";
    bakery.agents.play = () => ({ status: "failed", error: "StepFailed", message });
    const bake = await bakery.drop("broken", recipe("broken"));
    const ended = await bakery.end(bake);
    expect(ended).toMatchObject({ status: "FAILED", error: "StepFailed" });
    expect(JSON.parse(ended.cause ?? "")).toMatchObject({ errorMessage: message });
    const told = { outcome: "failed", error: "StepFailed", message };
    expect(messageOf(bake)).toMatchObject([told]);
    expect(eventsOf(bake)).toMatchObject([{ DetailType: "Bake Failed" }]);
    expect(await bakery.things()).toEqual(kept);
  });

  test("a bake that is stopped while its agent is at work leaves nothing", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    bakery.agents.play = () => {
      begin();
      return "at work";
    };
    const bake = await bakery.drop("stopped", recipe("stopped"));
    await begun;
    // and the next call is a second away: stopped in the midst of one, moto says that it failed
    await bakery.answered();
    expect((await bakery.things()).length).toBeGreaterThan(kept.length);
    await bakery.cloud.executions.stop(bake, "BakeStopped", "somebody stopped it");
    const ended = await bakery.end(bake);
    expect(ended.status).toBe("ABORTED");
    expect(messageOf(bake)).toMatchObject([{ outcome: "stopped", bake }]);
    const cancelled = bakery.agents.front.calls.filter(({ action }) => action === "CancelCommand");
    expect(cancelled.length).toBeGreaterThan(0);
    expect(await bakery.things()).toEqual(kept);
  });
});
