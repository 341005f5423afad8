import { mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recipeText, writeRecipe } from "./recipes.ts";
import { ovenbird, runProgram, scratchFolder } from "./run-cli.ts";

test("right recipes are valid", async () => {
  await using folder = await scratchFolder();
  const one = await writeRecipe(folder.path, recipeText(), "one.yaml");
  const two = await writeRecipe(folder.path, recipeText(), "two.yaml");
  expect(await ovenbird(["validate", one, two])).toMatchObject({
    status: 0,
    stdout: `${one}: valid\n${two}: valid\n`,
    stderr: "",
  });
});

test.each(["validate", "bake"])(
  "%s says where a recipe is wrong and what is right",
  async (verb) => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, recipeText("  file_sistem: ext4\n"));
    const { status, stdout, stderr } = await ovenbird([verb, path]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^${path}:7:3: .*file_sistem.*file_system`));
  },
);

test("every wrong recipe is told of, and the right ones too", async () => {
  await using folder = await scratchFolder();
  const good = await writeRecipe(folder.path, recipeText(), "good.yaml");
  const bad = await writeRecipe(folder.path, "image: 1\n", "bad.yaml");
  const none = join(folder.path, "none.yaml");
  const { status, stdout, stderr } = await ovenbird(["validate", bad, good, none]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: `${good}: valid\n` });
  expect(stderr).toContain(`${bad}:1:8: `);
  expect(stderr).toContain(`${none}: there is no such file`);
});

test("--json prints a verdict for each recipe", async () => {
  await using folder = await scratchFolder();
  const good = await writeRecipe(folder.path, recipeText(), "good.yaml");
  const bad = await writeRecipe(folder.path, recipeText("  extra: 1\n"), "bad.yaml");
  const { status, stdout } = await ovenbird(["validate", "--json", good, bad]);
  expect(status).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject([
    { recipe: good, valid: true, name: "small", problems: [] },
    { recipe: bad, valid: false, problems: [{ source: bad, line: 7, column: 3 }] },
  ]);
});

test("parameters take values from --set and the environment", async () => {
  await using folder = await scratchFolder();
  const more = "  parameters:\n    PORT: { type: number }\n    HOST: {}\n";
  const path = await writeRecipe(folder.path, recipeText(more));
  const missing = await ovenbird(["validate", path, "--set", "HOST=a=b"]);
  expect(missing.status).toBe(2);
  expect(missing.stderr).toContain("PORT has no value");
  const env = { ...process.env, OVENBIRD_PARAM_PORT: "80" };
  const given = await ovenbird(["validate", path, "--set", "HOST=a=b"], { env });
  expect(given.status).toBe(0);
});

test("a recipe that is not there is named with the one most likely meant", async () => {
  await using folder = await scratchFolder();
  const path = await writeRecipe(folder.path, recipeText());
  const { status, stderr } = await ovenbird(["bake", join(folder.path, "smal.yaml")]);
  expect(status).toBe(2);
  expect(stderr).toContain(`did you mean ${path}?`);
});

test("a folder in a recipe's place is refused", async () => {
  await using folder = await scratchFolder();
  const path = await writeRecipe(folder.path, recipeText());
  const { status, stderr } = await ovenbird(["bake", folder.path]);
  expect(status).toBe(2);
  expect(stderr).toContain(`this is a folder\nhint: name the file, as in ${path}`);
});

test("a recipe of 50 MB is refused unread", async () => {
  await using folder = await scratchFolder();
  const path = await writeRecipe(folder.path, recipeText());
  await truncate(path, 50 * 1000 * 1000);
  const { status, stderr } = await ovenbird(["bake", path]);
  expect(status).toBe(2);
  expect(stderr).toContain(`${path}:1:1: the file is 50000000 bytes long`);
});

test("a pipe in a recipe's place is refused and never waited for", async () => {
  await using folder = await scratchFolder();
  const path = join(folder.path, "pipe.yaml");
  await runProgram(["mkfifo", path]);
  const { status, stderr } = await ovenbird(["bake", path]);
  expect(status).toBe(2);
  expect(stderr).toContain("not a regular file");
});

test("a recipe that is no UTF-8 is refused", async () => {
  await using folder = await scratchFolder();
  const path = join(folder.path, "latin.yaml");
  await writeFile(path, Buffer.from([0x69, 0xfc, 0x0a]));
  expect((await ovenbird(["bake", path])).stderr).toContain(`${path}:1:1: this is not a text file`);
});

const withFile = (entry: string) =>
  recipeText(`  configure:\n    - files:\n        - { path: /etc/motd, ${entry} }\n`);

test("a file that the recipe names and that is not there is told with its place", async () => {
  await using folder = await scratchFolder();
  await writeFile(join(folder.path, "motd"), "");
  const path = await writeRecipe(folder.path, withFile("source: modt"));
  const { status, stderr } = await ovenbird(["bake", path]);
  expect(status).toBe(2);
  expect(stderr).toContain(`${path}:9:38: there is no ${join(folder.path, "modt")}`);
  expect(stderr).toContain("did you mean motd?");
});

const roleStep = (name: string) => `{ tool: ansible, code_repo: code, server_role: ${name} }`;

test("a playbook or role that is not there is told with its place, and once", async () => {
  await using folder = await scratchFolder();
  await mkdir(join(folder.path, "code/roles/webserver"), { recursive: true });
  await writeFile(join(folder.path, "code/main.yaml"), "");
  const toldOf = async (step: string) => {
    const path = await writeRecipe(folder.path, recipeText(`  configure: ${step}\n`));
    const { stderr } = await ovenbird(["validate", path]);
    return stderr.split("\n").flatMap((line) => line.split(`${path}:`)[1] ?? []);
  };
  const at = (place: string, name: string, meant: string) =>
    `${place}: there is no ${join(folder.path, name)}; did you mean ${meant}?`;
  expect(await toldOf("{ ansible: { playbook: code/main.yaml } }")).toEqual([]);
  expect(await toldOf("{ ansible: { playbook: code/mian.yaml } }")).toEqual([
    at("7:37", "code/mian.yaml", "code/main.yaml"),
  ]);
  expect(await toldOf("{ ansible: { playbook: cod/main.yaml } }")).toEqual([
    at("7:16", "cod", "code"),
  ]);
  expect(await toldOf(roleStep("webserver"))).toEqual([]);
  expect(await toldOf(roleStep("webservre"))).toEqual([
    at("7:61", "code/roles/webservre", "code/roles/webserver"),
  ]);
});

test("a link that leads out of the recipe's folder is refused", async () => {
  await using folder = await scratchFolder();
  await mkdir(join(folder.path, "files"));
  await symlink("/etc/shadow", join(folder.path, "files/motd"));
  const path = await writeRecipe(folder.path, withFile("source: files/motd"));
  const { status, stderr } = await ovenbird(["bake", path]);
  expect(status).toBe(2);
  expect(stderr).toContain("leads out of the recipe's folder");
});

test("a template with an undefined name is told with its own place", async () => {
  await using folder = await scratchFolder();
  const template = join(folder.path, "motd");
  await writeFile(template, "hello\nto ${NOBODY}\n");
  const path = await writeRecipe(folder.path, withFile("source: motd, template: true"));
  const { status, stderr } = await ovenbird(["bake", path]);
  expect(status).toBe(2);
  expect(stderr).toContain(`${template}:2:4: `);
});
