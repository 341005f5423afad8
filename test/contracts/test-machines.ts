import { describe, expect, test } from "vitest";
import { ImageId } from "../../core/ids.ts";
import { BootReport, type ImageTest } from "../../core/job.ts";
import type { TestMachines, TestOrder } from "../../core/ports.ts";
import { someBake } from "../support/local-state.ts";

/** How a candidate boots. */
export interface Boot {
  /** A unit that failed meanwhile. */
  failedUnit?: string;
  /** The console's last words, of one that does not boot. */
  panic?: string;
}

export interface TestMachinesWorld extends AsyncDisposable {
  machines: TestMachines;
  /** Of the world's candidate, whose tests are these. */
  order(tests: ImageTest[]): TestOrder;
  /** Has its machine, which boots until then, have booted. */
  boot(how?: Boot): Promise<void>;
  /** How many machines were started. */
  started(): Promise<number>;
  /** How many of them there are now, with what they have. */
  left(): Promise<number>;
}

const testOf = (name: string, command: string): ImageTest => ({ name, command, timeout: 10 });
const serves = testOf("serves", "echo served");
const breaks = testOf("breaks", "echo broken; exit 7");

const running = { name: "TestsRunning" };

/** The order of a machine that is at work. */
const begun = async (world: TestMachinesWorld, ...tests: ImageTest[]): Promise<TestOrder> => {
  const order = world.order(tests);
  do await expect(world.machines.run(order)).rejects.toMatchObject(running);
  while ((await world.started()) === 0);
  return order;
};

/** Asks until it has answered: that one is at work is no answer. */
const answer = async ({ machines }: TestMachinesWorld, order: TestOrder) => {
  for (;;) {
    try {
      return await machines.run(order);
    } catch (error) {
      if ((error as Error).name !== running.name) throw error;
    }
  }
};

export const describeTestMachines = (name: string, open: () => Promise<TestMachinesWorld>) =>
  describe(`${name} test machines`, () => {
    test("are started once, however often they are asked for, and found while they boot", async () => {
      await using world = await open();
      const order = await begun(world, serves);
      for (let times = 0; times < 2; times++) {
        await expect(world.machines.run(order)).rejects.toMatchObject(running);
      }
      expect(await world.left()).toBe(1);
      await world.boot();
      await answer(world, order);
      expect(await world.started()).toBe(1);
    });

    test("tell what the image reports of itself and of its tests, in their order, and are gone", async () => {
      await using world = await open();
      const order = await begun(world, serves, testOf("is root", "id -u; echo grüße >&2"));
      await world.boot();
      const report = await answer(world, order);
      expect(BootReport.parse(report)).toEqual(report);
      expect(report).toMatchObject({
        ...{ addresses: ["10.1.2.3/24"], failedUnits: [] },
        tests: [
          { name: "serves", exitCode: 0, output: "served\n" },
          { name: "is root", exitCode: 0, output: "0\ngrüße\n" },
        ],
      });
      expect(await world.left()).toBe(0);
    });

    test("answer the same again, without another machine", async () => {
      await using world = await open();
      const order = await begun(world, serves);
      await world.boot();
      const report = await answer(world, order);
      expect(await answer(world, order)).toEqual(report);
      expect(await world.started()).toBe(1);
    });

    test("of an image without tests have to boot, no more", async () => {
      await using world = await open();
      const order = await begun(world);
      await world.boot();
      expect(await answer(world, order)).toMatchObject({ failedUnits: [], tests: [] });
    });

    test("in which a test fails are TestsFailed with what it printed, again too, and are gone", async () => {
      await using world = await open();
      const order = await begun(world, serves, breaks);
      await world.boot();
      const failed = {
        name: "TestsFailed",
        message: 'the test "breaks" ended with status 7:\nbroken',
      };
      await expect(answer(world, order)).rejects.toMatchObject(failed);
      expect(await world.left()).toBe(0);
      await expect(answer(world, order)).rejects.toMatchObject(failed);
      expect(await world.started()).toBe(1);
    });

    test("in which a unit failed are TestsFailed by its name, and by all else that is wrong", async () => {
      await using world = await open();
      const order = await begun(world, breaks);
      await world.boot({ failedUnit: "web.service" });
      await expect(answer(world, order)).rejects.toMatchObject({
        name: "TestsFailed",
        message: expect.stringMatching(/^the unit web\.service failed while .*\nthe test "breaks"/),
      });
    });

    test("that do not boot are TestsFailed with their console's last words, and are gone", async () => {
      await using world = await open();
      const order = await begun(world, serves);
      await world.boot({ panic: "Kernel panic - not syncing: no init found" });
      await expect(answer(world, order)).rejects.toMatchObject({
        name: "TestsFailed",
        message: expect.stringMatching(/the image did not boot.*\n.*no init found/s),
      });
      expect(await world.left()).toBe(0);
    });

    test("of a candidate that is gone are NotFound by its id, and none is started", async () => {
      await using world = await open();
      const imageId = ImageId.parse("ami-0000dead");
      await expect(world.machines.run({ ...world.order([serves]), imageId })).rejects.toMatchObject(
        {
          ...{ name: "NotFound", message: expect.stringContaining(imageId) },
        },
      );
      expect(await world.started()).toBe(0);
      expect(await world.left()).toBe(0);
    });

    test("at work are released once, by their bake alone, and then there are none", async () => {
      await using world = await open();
      const { bake } = await begun(world, serves);
      expect(await world.machines.release(someBake())).toBe(0);
      expect(await world.left()).toBe(1);
      expect(await world.machines.release(bake)).toBe(1);
      expect(await world.left()).toBe(0);
      expect(await world.machines.release(bake)).toBe(0);
    });

    test.each<[string, ImageTest]>([
      ["passed", serves],
      ["failed", breaks],
    ])("whose tests %s are none to release", async (_title, one) => {
      await using world = await open();
      const order = await begun(world, one);
      await world.boot();
      await answer(world, order).catch(() => "as it ended");
      expect(await world.machines.release(order.bake)).toBe(0);
    });

    test("that were never started are none to release", async () => {
      await using world = await open();
      expect(await world.machines.release(world.order([]).bake)).toBe(0);
    });
  });
