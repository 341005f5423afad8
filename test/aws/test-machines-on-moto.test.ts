import { EC2Client } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe } from "vitest";
import { ec2TestMachines } from "../../aws/test-machines.ts";
import type { ImageId } from "../../core/ids.ts";
import type { TestOrder } from "../../core/ports.ts";
import { describeTestMachines } from "../contracts/test-machines.ts";
import { jsonReply } from "../support/aws-front.ts";
import { openAws } from "../support/aws-machines.ts";
import { bootedMachine } from "../support/booted-machine.ts";
import { answerCommands, consoleReply, recipeWith, someImage } from "../support/candidates.ts";
import { memoryArtifacts } from "../support/memory-ports.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

/** Of a machine that was started three minutes ago: only then its console is looked at. */
const launched = new Date(Date.now() - 180_000).toISOString();

describe.skipIf(noMoto !== "")(`on moto${noMoto}`, () => {
  let moto: Moto;
  let imageId: ImageId;
  beforeAll(async () => {
    moto = await openMoto();
    const ec2 = new EC2Client(moto.client);
    imageId = await someImage(ec2);
    ec2.destroy();
  });
  afterAll(async () => moto[Symbol.asyncDispose]());

  describeTestMachines("EC2", async () => {
    await using stack = new AsyncDisposableStack();
    const aws = stack.use(await openAws(moto));
    const machine = stack.use(await bootedMachine());
    const { front } = aws;
    answerCommands(front, machine);
    for (const action of ["RunInstances", "DescribeInstances"]) {
      front.on(action, async (_, forward) => {
        const { status, body } = await forward();
        return { status, body: body.replaceAll(/<launchTime>[^<]+/g, `<launchTime>${launched}`) };
      });
    }
    const [isUp, console] = [{ now: false }, { now: "[    1.0] Run /init" }];
    front.on("DescribeInstanceInformation", () =>
      isUp.now ? undefined : jsonReply({ InstanceInformationList: [] }),
    );
    front.on("GetConsoleOutput", () => consoleReply(console.now));
    const artifacts = memoryArtifacts();
    const bake = await aws.newBake();
    const held = stack.move();
    return {
      // each call is another function's
      machines: {
        run: (order: TestOrder) => ec2TestMachines({ ...aws, artifacts }).run(order),
        release: (of) => ec2TestMachines({ ...aws, artifacts }).release(of),
      },
      order: (tests) => ({ bake, imageId, recipe: recipeWith(tests) }),
      async boot({ failedUnit, panic } = {}) {
        if (failedUnit !== undefined) await machine.fail(failedUnit);
        if (panic === undefined) isUp.now = true;
        else console.now = panic;
      },
      started: async () => front.calls.filter(({ action }) => action === "RunInstances").length,
      async left() {
        const states = (await aws.instances()).map(({ state }) => state);
        return states.filter((state) => state !== "terminated").length;
      },
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
  });
});
