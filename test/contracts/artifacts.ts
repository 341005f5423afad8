import { describe, expect, test } from "vitest";
import type { BakeId } from "../../core/ids.ts";
import type { Artifacts } from "../../core/ports.ts";

/** Artifacts, and bakes that may have some. */
export interface ArtifactsWorld extends AsyncDisposable {
  artifacts: Artifacts;
  newBake(): Promise<BakeId>;
}

export const describeArtifacts = (name: string, open: () => Promise<ArtifactsWorld>) =>
  describe(`${name} artifacts`, () => {
    test("are read as they were written", async () => {
      await using world = await open();
      const bake = await world.newBake();
      const text = `grüße 🐦\n\u0000${"x".repeat(300_000)}`;
      await world.artifacts.write(bake, "bundle/site/page.html", text);
      expect(await world.artifacts.read(bake, "bundle/site/page.html")).toBe(text);
    });

    test("of bytes are got as they were put, and a text as its bytes", async () => {
      await using world = await open();
      const bake = await world.newBake();
      const bytes = Buffer.from([0, 255, 254, 0x80, 10, 13, ...Buffer.alloc(300_000, 0xc3)]);
      await world.artifacts.put(bake, "bundle.tar.gz", bytes);
      expect((await world.artifacts.get(bake, "bundle.tar.gz")).equals(bytes)).toBe(true);
      await world.artifacts.write(bake, "text", "grüße");
      expect((await world.artifacts.get(bake, "text")).toString("utf8")).toBe("grüße");
      await world.artifacts.put(bake, "text", Buffer.from("less"));
      expect(await world.artifacts.read(bake, "text")).toBe("less");
      const missing = world.artifacts.get(bake, "other");
      await expect(missing).rejects.toMatchObject({ name: "NotFound" });
    });

    test("may be empty", async () => {
      await using world = await open();
      const bake = await world.newBake();
      await world.artifacts.write(bake, "empty", "");
      expect(await world.artifacts.read(bake, "empty")).toBe("");
    });

    test("are replaced when they are written again, with less too", async () => {
      await using world = await open();
      const bake = await world.newBake();
      await world.artifacts.write(bake, "recipe.json", "the first, which is longer");
      await world.artifacts.write(bake, "recipe.json", "the second");
      expect(await world.artifacts.read(bake, "recipe.json")).toBe("the second");
    });

    test("that are kept are the first, for all who keep one under that key", async () => {
      await using world = await open();
      const bake = await world.newBake();
      const keep = (text: string) => world.artifacts.keep(bake, "statements/one", text);
      const answers = await Promise.all(["one", "other", "third"].map(keep));
      const [first = ""] = answers;
      expect(["one", "other", "third"]).toContain(first);
      expect(new Set(answers)).toEqual(new Set([first]));
      expect(await keep("late")).toBe(first);
      expect(await world.artifacts.read(bake, "statements/one")).toBe(first);
      await world.artifacts.write(bake, "statements/two", "written");
      expect(await world.artifacts.keep(bake, "statements/two", "kept")).toBe("written");
    });

    test("that are not there are NotFound, by name", async () => {
      await using world = await open();
      const bake = await world.newBake();
      await expect(world.artifacts.read(bake, "recipe.json")).rejects.toMatchObject({
        name: "NotFound",
        message: expect.stringContaining("recipe.json"),
      });
    });

    test("of two bakes are not each other's", async () => {
      await using world = await open();
      const [one, other] = [await world.newBake(), await world.newBake()];
      await world.artifacts.write(one, "recipe.json", "one");
      await expect(world.artifacts.read(other, "recipe.json")).rejects.toThrow();
      await world.artifacts.write(other, "recipe.json", "other");
      expect(await world.artifacts.read(one, "recipe.json")).toBe("one");
    });
  });
