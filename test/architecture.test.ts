import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as errors from "../core/errors.ts";
import { errorsOf, kebab, states, tasks } from "./support/machine.ts";
import { importsOf, readTop, type Room, rooms, sourcesIn, topFolder } from "./support/sources.ts";

/** Which rooms each room may import from, beside itself. */
const mayImport: Record<Room, readonly Room[]> = {
  core: [],
  functions: ["core"],
  handlers: ["core", "functions", "aws"],
  assets: ["core"],
  local: ["core", "assets"],
  aws: ["core"],
  agent: ["core", "assets"],
  stacks: ["core", "aws"],
  cli: rooms,
};

const { devDependencies } = JSON.parse(readTop("package.json")) as {
  devDependencies: Record<string, string>;
};

/** What the project is made with; of everything else the build takes in what is used. */
const tools = new Set([
  ...["@types/node", "@types/yauzl", "ajv", "esbuild", "node", "oxlint", "oxlint-tsgolint"],
  ...["prettier", "typescript", "vitest"],
]);

describe.each(rooms)("%s/", (room) => {
  const sources = sourcesIn([room]);

  test("imports only from the rooms it may", () => {
    const allowed = [room, ...mayImport[room]];
    const wrong = sources.flatMap((source) =>
      importsOf(source)
        .filter((path) => /^(?!node:)[^.]*\/.*\.[cm]?[jt]s$/.test(path) || path.startsWith(".."))
        .filter((path) => !allowed.some((name) => path.startsWith(`${name}/`)))
        .map((path) => `${source.path} imports ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  test("imports packages that the build takes in, and Node's own by `node:`", () => {
    const wrong = sources.flatMap((source) =>
      importsOf(source)
        .filter((name) => !/\.[cm]?[jt]s$|^(?:package|agent\/node-pins)\.json$/.test(name))
        .filter((name) => {
          if (name.startsWith("node:")) return !isBuiltin(name);
          const parts = name.split("/");
          const owner = name.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
          return tools.has(owner) || devDependencies[owner] === undefined;
        })
        .map((name) => `${source.path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("has files of at most 250 lines", () => {
    const long = sources.filter(({ text }) => text.split("\n").length > 251);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});

test.each(rooms.filter((room) => room !== "cli"))("%s/ prints nothing: only cli/ does", (room) => {
  const print = /\bconsole\s*\.\s*(?:log|error|warn|info|debug|table)\b/;
  const printing = sourcesIn([room]).filter(({ text }) => print.test(text));
  expect(printing.map(({ path }) => path)).toEqual([]);
});

test("core/ touches neither files, nor processes, nor the network", () => {
  const outward = /^node:(?:fs|child_process|net|http|https|os|process|worker_threads)\b/;
  const wrong = sourcesIn(["core"]).flatMap((source) =>
    importsOf(source)
      .filter((name) => outward.test(name))
      .map((name) => `${source.path} imports ${name}`),
  );
  expect(wrong).toEqual([]);
});

test("every task has a function's file of its name, and every such file is a task's", () => {
  const files = sourcesIn(["functions"]).map(({ path }) => path);
  expect(files).toEqual(tasks.map(({ name }) => `functions/${kebab(name)}.ts`).toSorted());
});

test("a function's file exports a function of the task's name", () => {
  for (const { name } of tasks) {
    const camel = `${name[0]?.toLowerCase()}${name.slice(1)}`;
    expect(readTop(`functions/${kebab(name)}.ts`)).toContain(`export const ${camel} =`);
  }
});

test("every error that the state machine names is one of ours, or AWS's own", () => {
  const named = states
    .flatMap(errorsOf)
    .filter((name) => !/^(?:States|Lambda|Runtime|Sandbox)\./.test(name));
  expect(Object.keys(errors)).toEqual(expect.arrayContaining(named));
  expect(named.length).toBeGreaterThan(0);
});

test("every error has its class's name on its prototype, where a bundler cannot change it", () => {
  for (const [name, type] of Object.entries(errors)) {
    expect(Object.getOwnPropertyDescriptor(type.prototype, "name")?.value).toBe(name);
    expect(new type("x").name).toBe(name);
    expect(Object.keys(new type("x"))).toEqual([]);
  }
});

describe("tests", () => {
  const sources = sourcesIn(["test"]).filter(({ path }) => path.endsWith(".test.ts"));

  test("mirror the folders: what they are called by is there", () => {
    expect(sources.length).toBeGreaterThan(10);
    const folders = new Set(["bakes", "slow", "bench", "pack", ...rooms]);
    const strange = sources.filter(({ path }) => {
      const [, folder = ""] = path.split("/");
      return !folder.endsWith(".test.ts") && !folders.has(folder);
    });
    expect(strange.map(({ path }) => path)).toEqual([]);
  });

  test("run all: none is alone, and one that cannot run everywhere says so in its title", () => {
    const call = String.raw`\b(?:test|it|describe)\.`;
    const left = new RegExp(`${call}(?:${["only", "skip", "todo"].join("|")})\\b`);
    const silent = new RegExp(
      String.raw`${call}(?:runIf|skipIf)\((?:[^()]|\([^()]*\))*\)\((?!\s*\x60)`,
    );
    const wrong = sources.filter(({ text }) => left.test(text) || silent.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test("mock no module of ours", () => {
    const mock = new RegExp(String.raw`\bvi\.${"mo"}ck\(`);
    expect(sources.filter(({ text }) => mock.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe("what git tracks", () => {
  // read from the index: what is new and not yet added is tracked soon
  const tracked = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    {
      ...{ cwd: topFolder, encoding: "utf8" },
    },
  )
    .split("\0")
    .filter((path) => path !== "");

  const containing = (pattern: RegExp): string[] =>
    tracked.flatMap((path) => {
      const text = readIfThere(join(topFolder, path));
      return pattern.test(text) ? [`${path}: ${pattern.exec(text)?.[0]}`] : [];
    });

  test("names no registry that packages were fetched from", () => {
    const host = ["registry", "npmjs"].join(String.raw`\.`);
    const kept = ["resolved", ":"].join('"');
    const mirrors = ["artifactory", "nexus/", "verdaccio", "/-/"].join("|");
    const pattern = String.raw`${host}\.|${kept}|https?://[^\s"'|]*(?:${mirrors})`;
    expect(containing(new RegExp(pattern, "i"))).toEqual([]);
  });

  test("names no folder of the machine it was written on", () => {
    // a path that begins with it, and none that has it in its midst
    const place = ["", "work", ""].join("/");
    expect(containing(new RegExp(String.raw`(?<![\w.$}/])${place}\w`))).toEqual([]);
  });
});

const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // removed, or a link to nothing
  }
};
