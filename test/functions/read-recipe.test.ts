import { describe, expect, test } from "vitest";
import { storedRecipe } from "../../core/stored-recipe.ts";
import { readRecipe } from "../../functions/read-recipe.ts";
import { invoke } from "../support/invoke.ts";
import { someBake } from "../support/local-state.ts";
import { memoryArtifacts, webRecipe } from "../support/memory-ports.ts";

const bake = someBake();
const event = { bake, recipe: "web.yaml", parameters: {} };
const withRecipe = (text = webRecipe) => memoryArtifacts({ "bundle/web.yaml": text });

describe("reading a recipe", () => {
  test("answers what the state machine needs, and keeps the rest", async () => {
    const artifacts = withRecipe();
    const parameters = { GREETING: "Good morning" };
    expect(await invoke(readRecipe(artifacts), { ...event, parameters })).toEqual({
      ...{ name: "web", description: "A page" },
      tags: { role: "web" },
    });
    const recipe = await storedRecipe(artifacts, bake);
    expect(recipe).toMatchObject({ name: "web", parameters, tests: [{ name: "serves" }] });
  });

  test("a retry answers the same", async () => {
    const handler = readRecipe(withRecipe());
    expect(await invoke(handler, event)).toEqual(await invoke(handler, event));
  });

  test("refuses a recipe that is wrong, with its file and line", async () => {
    const artifacts = withRecipe(webRecipe.replace("root_volume_size", "root_volume_siz"));
    await expect(invoke(readRecipe(artifacts), event)).rejects.toMatchObject({
      message: expect.stringMatching(/web\.yaml.*5/),
    });
    await expect(storedRecipe(artifacts, bake)).rejects.toMatchObject({ name: "NotFound" });
  });

  test("refuses a parameter that the recipe does not have", async () => {
    const wrong = { ...event, parameters: { GREETINGS: "x" } };
    await expect(invoke(readRecipe(withRecipe()), wrong)).rejects.toThrow("GREETINGS");
  });

  test("does not read this machine's environment", async () => {
    process.env["GREETING"] = "from the environment";
    const artifacts = withRecipe();
    await invoke(readRecipe(artifacts), event);
    delete process.env["GREETING"];
    const { parameters } = await storedRecipe(artifacts, bake);
    expect(parameters).toEqual({ GREETING: "hello" });
  });

  test("fills in what its surroundings say, and refuses it where they say nothing", async () => {
    const text = webRecipe.replace("name: web", "name: web\n  region: ${BUILD_REGION}");
    const artifacts = withRecipe(text);
    await invoke(readRecipe(artifacts, { BUILD_REGION: "eu-west-1" }), event);
    const { builder } = await storedRecipe(artifacts, bake);
    expect(builder.region).toBe("eu-west-1");
    await expect(invoke(readRecipe(withRecipe(text)), event)).rejects.toMatchObject({
      name: "InvalidRecipe",
      message: expect.stringContaining("web.yaml:4:11: only a bake on AWS fills in"),
    });
  });

  test("names the recipe that is not in the bundle", async () => {
    await expect(invoke(readRecipe(memoryArtifacts()), event)).rejects.toMatchObject({
      name: "NotFound",
      message: expect.stringContaining("web.yaml"),
    });
  });
});
