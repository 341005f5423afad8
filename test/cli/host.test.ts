import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { recipeText, writeRecipe } from "./recipes.ts";
import { ovenbird, scratchFolder } from "./run-cli.ts";

const hint = "if you trust the recipe, run `ovenbird bake --allow-host`";
const reaching = recipeText("  host:\n    copy_files: [/none/a]\n    before_mount: [date]\n");
const child = `image: { name: child, origin: { recipe: small } }\n`;

/** What is told of the recipe `reaching`. */
const told = (path: string): string[] => [
  `${path}:8:5: host.copy_files copies files of the builder into the image while steps run; ${hint}`,
  `${path}:9:5: host.before_mount runs commands on the builder as root; ${hint}`,
];

describe("a recipe that reaches this machine", () => {
  test("is refused unless the operator allows it, and nothing is done", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, reaching);
    const state = join(folder.path, "state");
    const { status, stdout, stderr } = await ovenbird(["bake", path, "--state", state]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toBe(`${told(path).join("\n")}\n`);
    expect(await readdir(folder.path)).toEqual(["small.yaml"]);
  });

  test("is refused as another's parent, too", async () => {
    await using folder = await scratchFolder();
    const parent = await writeRecipe(folder.path, reaching, "parent.yaml");
    const path = await writeRecipe(folder.path, child, "child.yaml");
    const { status, stderr } = await ovenbird(["bake", path, parent, "--state", folder.path]);
    expect(status).toBe(2);
    expect(stderr).toBe(`${told(parent).join("\n")}\n`);
  });

  test("is refused where what it names is not here, each at its place", async () => {
    await using folder = await scratchFolder();
    await mkdir(join(folder.path, "folder"));
    const path = await writeRecipe(
      folder.path,
      recipeText(
        `  host:
    copy_files: [/none/a, { from: ${folder.path}/folder, to: /b }]
    mounts: [{ path: /mnt/x, bind: /none/c }, { path: /mnt/y, bind: ${folder.path} }]
`,
      ),
    );
    const args = ["bake", path, "--allow-host", "--state", join(folder.path, "state")];
    const { status, stderr } = await ovenbird(args);
    expect(status).toBe(2);
    const where = "the path is one of the machine that bakes";
    expect(stderr.split("\n").slice(0, -1)).toEqual([
      `${path}:8:18: there is no file /none/a on this machine; ${where}`,
      `${path}:8:35: ${folder.path}/folder is not a file; ${where}`,
      `${path}:9:36: there is no folder /none/c on this machine; ${where}`,
    ]);
    expect((await readdir(folder.path)).toSorted()).toEqual(["folder", "small.yaml"]);
  });

  test("is valid, with a remark on what baking it takes", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, reaching);
    expect(await ovenbird(["validate", path])).toMatchObject({
      ...{ status: 0, stdout: `${path}: valid\n`, stderr: `${told(path).join("\n")}\n` },
    });
    const { stdout } = await ovenbird(["validate", "--json", path]);
    expect(JSON.parse(stdout)).toMatchObject([
      { valid: true, problems: [], remarks: [{ source: path, line: 8, column: 5 }, { line: 9 }] },
    ]);
  });

  test("is planned with what it would do to this machine", async () => {
    await using folder = await scratchFolder();
    const more = `  host:
    copy_files: [/none/a, { from: /etc/passwd, to: /b }]
    mounts: [{ path: /mnt/x, bind: /etc }, { path: /mnt/y, bind: /srv, writable: true }, { path: /mnt/z, tmpfs: 1G }]
    before_mount: [date]
    after_mount: [{ name: look, command: ls }]
`;
    const path = await writeRecipe(folder.path, recipeText(more));
    const { status, stdout } = await ovenbird(["plan", path, "--state", folder.path]);
    expect(status).toBe(0);
    const rows = stdout.split("\n").filter((line) => line.startsWith("host "));
    expect(rows.map((row) => row.replace(/^host +/, "").trimEnd())).toEqual([
      ...["before mounting, runs: date", "after mounting, runs: look"],
      ...["copies /none/a", "copies /etc/passwd to /b", "mounts /etc on /mnt/x, read-only"],
      ...["mounts /srv on /mnt/y, writable", "mounts memory of 1024 MiB on /mnt/z"],
      "needs --allow-host",
    ]);
    expect(stdout).toContain(`${path}:8:18: there is no file /none/a on this machine`);
    const json = await ovenbird(["plan", "--json", path, "--state", folder.path]);
    expect(JSON.parse(json.stdout)).toMatchObject([{ host: { beforeMount: [{ name: "date" }] } }]);
  });
});
