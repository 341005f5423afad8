import { describe, expect, test } from "vitest";
import type { AgentResult, ResolvedRecipe, SecretSource } from "../../core/job.ts";
import type { AgentOrder, Agents } from "../../core/ports.ts";
import { disk } from "../support/local-state.ts";

/** How an agent ends. */
export interface AgentEnd {
  /** The text that it leaves as its result; absent, it leaves none. */
  result?: string | undefined;
  /** The exit status. */
  status: number;
  /** What it says on its standard error. */
  complaint: string;
  /** Whether it leaves an inventory. */
  inventory: boolean;
}

export interface AgentsWorld extends AsyncDisposable {
  agents: Agents;
  /** Of the bake that `agents` are of, whose builder is up. */
  order(recipe?: Partial<ResolvedRecipe>): AgentOrder;
  /** How often an agent was given what it needs. */
  begun(): Promise<number>;
  /** The secrets that it was given. */
  secretsOf(order: AgentOrder): Promise<Record<string, string>>;
  end(order: AgentOrder, end: AgentEnd): Promise<void>;
  /** Whether the bake's agent was told to end, or is gone. */
  isEnded(order: AgentOrder): Promise<boolean>;
  /** Where bakes of this place may have a secret from: one that is there, and one that is not. */
  secret: { there: SecretSource; value: string; missing: SecretSource };
}

const ends = (result: AgentResult | undefined, more: Partial<AgentEnd> = {}): AgentEnd => ({
  ...(result && { result: JSON.stringify(result) }),
  ...{ status: 0, complaint: "", inventory: true, ...more },
});
const success = { status: "succeeded", disk } as const;
const failure = (error: string) => ({ status: "failed", error, message: "it failed" }) as const;

const running = { name: "AgentRunning" };

/** Asks until it has ended: that one is at work is no answer. */
const answer = async ({ agents }: AgentsWorld, order: AgentOrder) => {
  for (;;) {
    try {
      return await agents.run(order);
    } catch (error) {
      if ((error as Error).name !== running.name) throw error;
    }
  }
};

/** The order of an agent that is at work. */
const begun = async (world: AgentsWorld, recipe?: Partial<ResolvedRecipe>) => {
  const order = world.order(recipe);
  do await expect(world.agents.run(order)).rejects.toMatchObject(running);
  while ((await world.begun()) === 0);
  return order;
};

export const describeAgents = (name: string, open: () => Promise<AgentsWorld>) =>
  describe(`${name} agents`, () => {
    test("are begun once, however often they are asked for, and found at work", async () => {
      await using world = await open();
      const order = await begun(world);
      for (let times = 0; times < 2; times++) {
        await expect(world.agents.run(order)).rejects.toMatchObject(running);
      }
      await world.end(order, ends(success));
      expect(await answer(world, order)).toEqual(disk);
      expect(await world.begun()).toBe(1);
    });

    test("that have ended answer the same as often as they are asked", async () => {
      await using world = await open();
      const order = await begun(world);
      await world.end(order, ends(success));
      for (let times = 0; times < 3; times++) expect(await answer(world, order)).toEqual(disk);
      expect(await world.begun()).toBe(1);
    });

    test("have done what their result says, whatever their status is", async () => {
      await using world = await open();
      const order = await begun(world);
      await world.end(order, ends(success, { status: 1, complaint: "a late complaint" }));
      expect(await answer(world, order)).toEqual(disk);
    });

    test("have failed as their result says, by its name, whatever their status is", async () => {
      await using world = await open();
      const order = await begun(world);
      await world.end(order, ends(failure("StepFailed")));
      const failed = { name: "StepFailed", message: "it failed" };
      await expect(answer(world, order)).rejects.toMatchObject(failed);
      await expect(answer(world, order)).rejects.toMatchObject(failed);
      expect(await world.begun()).toBe(1);
    });

    test.each(["AgentRunning", "BuilderPending", "SpotLost", "constructor", "Nonsense"])(
      "that call their failure %s have died: that is no error, or not theirs to have",
      async (error) => {
        await using world = await open();
        const order = await begun(world);
        await world.end(order, ends(failure(error)));
        const died = { name: "AgentDied", message: "it failed" };
        await expect(answer(world, order)).rejects.toMatchObject(died);
      },
    );

    test.each([0, 1, 137])(
      "that ended with status %i and left no result have died, with what they said last",
      async (status) => {
        await using world = await open();
        const order = await begun(world);
        await world.end(order, ends(undefined, { status, complaint: "out of memory\n" }));
        await expect(answer(world, order)).rejects.toMatchObject({
          name: "AgentDied",
          message: expect.stringMatching(new RegExp(`status ${status}\\b.*\\nout of memory`, "s")),
        });
      },
    );

    test.each([
      ["not JSON", "{"],
      ["of another form", "{}"],
      ["of no disk", '{"status":"succeeded"}'],
    ])("whose result is %s have died", async (_title, result) => {
      await using world = await open();
      const order = await begun(world);
      await world.end(order, ends(undefined, { result }));
      await expect(answer(world, order)).rejects.toMatchObject({ name: "AgentDied" });
    });

    test("that succeeded and left no inventory are InventoryFailed", async () => {
      await using world = await open();
      const order = await begun(world);
      await world.end(order, ends(success, { inventory: false }));
      await expect(answer(world, order)).rejects.toMatchObject({ name: "InventoryFailed" });
    });

    test("have the secrets that the recipe names", async () => {
      await using world = await open();
      const secrets = [{ name: "TOKEN", from: world.secret.there }];
      const order = await begun(world, { secrets });
      expect(await world.secretsOf(order)).toEqual({ TOKEN: world.secret.value });
    });

    test("are given nothing when a secret cannot be had, which is NotReady by its name", async () => {
      await using world = await open();
      const secrets = [
        { name: "TOKEN", from: world.secret.there },
        { name: "OTHER", from: world.secret.missing },
      ];
      await expect(world.agents.run(world.order({ secrets }))).rejects.toMatchObject({
        ...{ name: "NotReady", message: expect.stringContaining("OTHER") },
      });
      expect(await world.begun()).toBe(0);
    });

    test("at work are released once, have then died, and there are no others", async () => {
      await using world = await open();
      const order = await begun(world);
      expect(await world.isEnded(order)).toBe(false);
      expect(await world.agents.release(order.bake)).toBe(1);
      expect(await world.isEnded(order)).toBe(true);
      expect(await world.agents.release(order.bake)).toBe(0);
      await expect(answer(world, order)).rejects.toMatchObject({ name: "AgentDied" });
      expect(await world.begun()).toBe(1);
    });

    test.each([
      ["succeeded", ends(success)],
      ["failed", ends(failure("StepFailed"))],
      ["died", ends(undefined)],
    ])("that %s are none to release", async (_title, end) => {
      await using world = await open();
      const order = await begun(world);
      await world.end(order, end);
      await answer(world, order).catch(() => "as it ended");
      expect(await world.agents.release(order.bake)).toBe(0);
    });

    test("that were never begun are none to release", async () => {
      await using world = await open();
      expect(await world.agents.release(world.order().bake)).toBe(0);
    });
  });
