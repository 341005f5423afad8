import { describe, expect, test } from "vitest";
import { BakeId } from "../../core/ids.ts";
import { openAwsBakery } from "../support/aws-double/bakery.ts";
import { tasks } from "../support/machine.ts";

const bake = BakeId.parse("web-0123456789abcdef-1");

const names = tasks.map(({ name }) => name).filter((name) => name !== "KeepBuilder");

/** How many calls each function makes in a bake that nothing happens to. */
const callsOfABake = async (): Promise<Map<string, string[]>> => {
  const bakery = openAwsBakery();
  await bakery.run(() => bakery.bake(bake));
  const byName = Map.groupBy(bakery.functions.calls, ({ by }) => by);
  return new Map([...byName].map(([name, calls]) => [name, calls.map(({ call }) => call)]));
};

const calls = await callsOfABake();

/** The first and last of a function's calls, and each that changes something. */
const points = (name: string): number[] => {
  const all = calls.get(name) ?? [];
  const last = all.length;
  return all.flatMap((call, index) => {
    const changes = !/^(?:Describe|Get|List|Head)/.test(call);
    return changes || index === 0 || index === last - 1 ? [index + 1] : [];
  });
};

/** The same call, counted among those of its name. */
const countedByName = (name: string, call: number) => {
  const before = (calls.get(name) ?? []).slice(0, call);
  const of = before.at(-1) ?? "";
  return { name, of, call: before.filter((one) => one === of).length };
};

const ends = ["Runtime.ExitError", "Sandbox.Timedout", "Lambda.Unknown"];

const cases = names.flatMap((name) =>
  points(name).map((call, index) => ({
    ...countedByName(name, call),
    error: ends[index % ends.length] ?? "",
  })),
);

test("every function of a bake asks something of AWS", () => {
  expect(names.filter((name) => points(name).length === 0)).toEqual([]);
  expect(cases.length).toBeGreaterThan(40);
});

describe.each(cases)("when $name dies after its $of $call, as $error", (kill) => {
  test("it is called again, and the bake publishes", async () => {
    const bakery = openAwsBakery();
    bakery.functions.kill(kill);
    const { status, told } = await bakery.run(() => bakery.bake(bake));
    expect(bakery.functions.isKilled()).toBe(true);
    expect(status).toBe("SUCCEEDED");
    expect(new Set(told.map(({ outcome }) => outcome))).toEqual(new Set(["published"]));
    expect(bakery.left()).toEqual([]);
    expect(bakery.aws.parameters.get("/ovenbird/test/images/web/latest")?.value).toMatch(/^ami-/);
  });
});

const releases = new Set(["ReleaseBuilder", "ReleaseBake"]);

describe.each(names)("when %s dies whenever it is called", (name) => {
  test.each(["first", "last"])("after the %s of its calls, the end is told", async (which) => {
    const bakery = openAwsBakery();
    const point = countedByName(name, which === "first" ? 1 : (calls.get(name)?.length ?? 1));
    bakery.functions.kill({ ...point, error: "Runtime.ExitError", always: true });
    const { status, error, told } = await bakery.run(() => bakery.bake(bake));
    expect(bakery.left()).toEqual([]);
    if (releases.has(name)) {
      // a release that fails changes no outcome: the end's event releases
      expect(status).toBe("SUCCEEDED");
      expect(told).toMatchObject([{ outcome: "published" }]);
      return;
    }
    expect({ status, error }).toEqual({ status: "FAILED", error: "Runtime.ExitError" });
    const isPublic = name === "PublishImage" && which === "last";
    expect(told.at(-1)).toMatchObject(
      isPublic
        ? { outcome: "published", imageId: expect.stringMatching(/^ami-/) }
        : { outcome: "failed", error: "Runtime.ExitError", stage: "test" },
    );
    expect(new Set(told.map(({ outcome }) => outcome)).size).toBe(1);
  });
});

test("a publication that always dies after the mark is completed when the end is told", async () => {
  const bakery = openAwsBakery();
  const mark = 1 + (calls.get("PublishImage")?.indexOf("CreateTags") ?? 0);
  const error = "Runtime.ExitError";
  bakery.functions.kill({ name: "PublishImage", call: mark, error, always: true });
  const { status, told } = await bakery.run(() => bakery.bake(bake));
  expect(status).toBe("FAILED");
  const [published] = told;
  expect(told).toMatchObject([{ outcome: "published", imageId: expect.any(String) }]);
  if (published?.outcome !== "published") return;
  const { aws } = bakery;
  expect(aws.parameters.get("/ovenbird/test/images/web/latest")?.value).toBe(published.imageId);
  const record = aws.objects.get(`test-artifacts/images/${published.imageId}.json`);
  expect(JSON.parse(Buffer.from(record?.body ?? "").toString())).toMatchObject({
    ...{ imageId: published.imageId, state: "published", bake },
  });
  expect(bakery.left()).toEqual([]);
});
