import type { RunInstancesRequest } from "@aws-sdk/client-ec2";
import { describe, expect, test } from "vitest";
import { type AwsBakery, openAwsBakery, stockRecipe } from "../support/aws-double/bakery.ts";
import { bake } from "../support/aws-double/failing.ts";
import { disk } from "../support/local-state.ts";

const recipe = stockRecipe.replace("image:", "image:\n  aws: { spot: true }");

const isSpot = ({ InstanceMarketOptions }: RunInstancesRequest) =>
  InstanceMarketOptions?.MarketType === "spot";

/** EC2 takes spot builders back, that many milliseconds after their launch. */
const takenBack = (after: number) => {
  const markets: string[] = [];
  const tokens = new Set<string | undefined>();
  const bakery = openAwsBakery({
    fate: (request) => {
      const isBuilder = JSON.stringify(request.TagSpecifications ?? []).includes('"builder"');
      if (isBuilder) {
        markets.push(isSpot(request) ? "spot" : "on-demand");
        tokens.add(request.ClientToken);
      }
      return isBuilder && isSpot(request)
        ? { ends: { after, code: "Server.SpotInstanceTermination", message: "Spot" } }
        : {};
    },
    agent: { after: 240_000, result: { status: "succeeded", disk } },
  });
  return { bakery, markets, tokens };
};

const errorsOf = (bakery: AwsBakery) =>
  [...bakery.runs.values()].flatMap(({ events }) => events.map(({ error }) => error));

describe("a bake whose spot builder EC2 takes back", () => {
  test.each([
    ["while its agent works", 150_000],
    ["before its agent is started", 55_000],
    ["before it is up", 20_000],
  ])("%s goes on by one on demand, publishes, and leaves nothing", async (_, after) => {
    const { bakery, markets, tokens } = takenBack(after);
    const { status, told } = await bakery.run(() => bakery.bake(bake, { recipe }));
    expect(status).toBe("SUCCEEDED");
    expect(markets).toEqual(["spot", "on-demand"]);
    expect(tokens.size).toBe(2);
    expect(told).toMatchObject([{ outcome: "published" }]);
    expect(bakery.left()).toEqual([]);
    if (after === 150_000) expect(errorsOf(bakery)).toContain("SpotLost");
  });
});
