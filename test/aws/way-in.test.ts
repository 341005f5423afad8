import { DeleteObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { s3Artifacts } from "../../aws/artifacts.ts";
import { parametersMetadata, s3Drops } from "../../aws/drops.ts";
import { s3Fates } from "../../aws/fates.ts";
import { s3Names } from "../../aws/names.ts";
import type { Stage } from "../../aws/stage.ts";
import { bakeOfDrop } from "../../core/drop.ts";
import { policiesIn } from "../../core/operator-policy/find.ts";
import { startBake } from "../../core/way-in/start-bake.ts";
import { describeArtifacts } from "../contracts/artifacts.ts";
import { makeBuckets, someStage } from "../support/aws-stage.ts";
import { someBake } from "../support/local-state.ts";
import { dropOfKey, memoryExecutions, ownNetwork } from "../support/memory-way-in.ts";
import { memoryAnnouncements, webRecipe } from "../support/memory-ports.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

describe.skipIf(noMoto !== "")(`over S3${noMoto}`, () => {
  let moto: Moto;
  let s3: S3Client;
  const stage: Stage = someStage();

  beforeAll(async () => {
    moto = await openMoto();
    s3 = await makeBuckets(moto, stage);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const put = async (Key: string, Body: string, Metadata?: Record<string, string>) => {
    const order = { Bucket: stage.recipeBucket, Key, Body, Metadata };
    return (await s3.send(new PutObjectCommand(order))).VersionId ?? "";
  };

  describeArtifacts("S3", async () => ({
    artifacts: s3Artifacts({ s3, stage }),
    newBake: async () => someBake(),
    [Symbol.asyncDispose]: async () => undefined,
  }));

  test("a drop is read in the very version, and without one in the newest", async () => {
    const drops = s3Drops({ s3, stage });
    const [one, two] = [await put("a/v.yaml", "one"), await put("a/v.yaml", "two")];
    expect((await drops.read("a/v.yaml", one)).bytes.toString()).toBe("one");
    const newest = await drops.read("a/v.yaml");
    expect(newest).toEqual({ bytes: Buffer.from("two"), parameters: {}, versionId: two });
  });

  test("a drop tells its parameters, whatever characters they have", async () => {
    const given = { GREETING: "grüße: ${x}\n" };
    const metadata = { [parametersMetadata]: encodeURIComponent(JSON.stringify(given)) };
    await put("a/p.yaml", "x", metadata);
    expect((await s3Drops({ s3, stage }).read("a/p.yaml")).parameters).toEqual(given);
    await put("a/q.yaml", "x", { [parametersMetadata]: "GREETING=x" });
    const broken = s3Drops({ s3, stage }).read("a/q.yaml");
    await expect(broken).rejects.toMatchObject({ name: "InvalidInput" });
  });

  test("a drop that is removed is NotFound, unless its version is still there", async () => {
    const drops = s3Drops({ s3, stage });
    const versionId = await put("a/gone.yaml", "x");
    const order = { Bucket: stage.recipeBucket, Key: "a/gone.yaml" };
    await s3.send(new DeleteObjectCommand(order));
    await expect(drops.read("a/gone.yaml")).rejects.toMatchObject({ name: "NotFound" });
    expect((await drops.read("a/gone.yaml", versionId)).bytes.toString()).toBe("x");
    await s3.send(new DeleteObjectCommand({ ...order, VersionId: versionId }));
    const gone = drops.read("a/gone.yaml", versionId);
    await expect(gone).rejects.toMatchObject({ name: "NotFound" });
  });

  test("all objects that begin so are listed, with their sizes", async () => {
    for (const name of ["many/a", "many/b/c", "manyfold", "man"]) await put(name, "xyz");
    const found = await s3Drops({ s3, stage }).list("many");
    expect(found.map(({ key }) => key)).toEqual(["many/a", "many/b/c", "manyfold"]);
    expect(found[0]).toEqual({ key: "many/a", size: 3 });
  });

  test("a name is the first prefix's, however many claim it at once", async () => {
    const names = s3Names({ s3, stage });
    expect(await names.owner("web")).toBeUndefined();
    const owners = await Promise.all(["a", "b", "c"].map((prefix) => names.claim("web", prefix)));
    expect(new Set(owners).size).toBe(1);
    expect(await names.owner("web")).toBe(owners[0]);
    expect(await names.claim("web", "")).toBe(owners[0]);
    expect(await names.claim("other", "")).toBe("");
  });

  test("what became of a drop is kept", async () => {
    const fates = s3Fates({ s3, stage });
    const hash = "0123456789abcdef";
    expect(await fates.of(hash)).toBeUndefined();
    await fates.tell(hash, { outcome: "ignored", why: "x" });
    expect(await fates.of(hash)).toEqual({ outcome: "ignored", why: "x" });
  });

  test("two versions within a second are a bake each, of their own text", async () => {
    const drops = s3Drops({ s3, stage });
    const artifacts = s3Artifacts({ s3, stage });
    const world = {
      ...{ drops, artifacts, fates: s3Fates({ s3, stage }), names: s3Names({ s3, stage }) },
      ...{ policies: policiesIn(drops, ownNetwork), executions: memoryExecutions() },
      ...{ announcements: memoryAnnouncements(), given: { environment: {} } },
    };
    const recipe = webRecipe.replace("name: web", "name: twice");
    const texts = [recipe, `${recipe}# two\n`];
    const versions = [
      await put("team/t.yaml", texts[0] ?? ""),
      await put("team/t.yaml", texts[1] ?? ""),
    ];
    const order = { bucket: stage.recipeBucket };
    const [older, newer] = versions.map((versionId, index) =>
      dropOfKey("team/t.yaml", { ...order, versionId, sequencer: `0${index}` }),
    );
    if (older === undefined || newer === undefined) throw new Error("two were put");
    for (const drop of [newer, older, newer]) {
      expect(await startBake(world, drop)).toMatchObject({ outcome: "started" });
    }
    expect(world.executions.all.size).toBe(2);
    const read = (drop: typeof older) => artifacts.read(bakeOfDrop("twice", drop), "bundle/t.yaml");
    expect([await read(older), await read(newer)]).toEqual(texts);
  });
});
