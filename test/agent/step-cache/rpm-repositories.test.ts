import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../../core/digest-of.ts";
import type { ImageView } from "../../../agent/step-cache/image-view.ts";
import { dnfRepositories, zypperRepositories } from "../../../agent/step-cache/rpm-repositories.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

const run = promisify(execFile);

let folder: TemporaryFolder;
let server: Server;
let address: string;

const repositoryIn = (path: string) => run("createrepo_c", ["--quiet", path]);

const addPackage = async (name: string): Promise<void> => {
  const spec = join(folder.path, `${name}.spec`);
  const text = `Name: ${name}\nVersion: 1\nRelease: 1\nSummary: x\nLicense: MIT\nBuildArch: noarch\n%description\nx\n%files\n`;
  await writeFile(spec, text);
  const places = ["--define", `_topdir ${folder.path}/build`];
  const built = ["--define", `_rpmdir ${folder.path}/web/repository`];
  await run("rpmbuild", ["--quiet", "-bb", ...places, ...built, spec]);
};

beforeAll(async () => {
  folder = await temporaryFolder();
  const web = join(folder.path, "web");
  await mkdir(join(web, "repository"), { recursive: true });
  await addPackage("oven");
  await repositoryIn(join(web, "repository"));
  server = createServer((request, response) => {
    readFile(join(web, new URL(request.url ?? "", address).pathname)).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const mirror = `${address}/repository/\n`;
  await writeFile(join(web, "one-mirror"), `# where it is now\n${mirror}`);
  await writeFile(join(web, "mirrors"), mirror.repeat(3));
});
afterAll(async () => {
  server.close();
  await folder[Symbol.asyncDispose]();
});

const index = () => `${address}/repository/repodata/repomd.xml`;

/** What the web has there now. */
const onTheWeb = async (url: string) => ({
  url,
  digest: digestOf(new Uint8Array(await (await fetch(url)).arrayBuffer())),
});

interface Installation {
  root: string;
  view: ImageView;
  /** Runs the package manager. */
  use(...words: string[]): Promise<unknown>;
}

/** A root whose package manager is this machine's. */
const installationIn = (
  root: string,
  program: string,
  options: readonly string[],
): Installation => {
  const use = (...words: string[]) => run(program, [...options, ...words]);
  return {
    ...{ root, use },
    view: {
      async said([, ...words]) {
        const ended = await use(...words).catch(() => undefined);
        return ended?.stdout;
      },
      names: (path) => readdir(join(root, path)).catch(() => []),
      read: (path) => readFile(join(root, path), "utf8").catch(() => undefined),
    },
  };
};

/** A root of dnf's with these repositories: what a section says of each, by its id. */
const dnfRoot = async (
  name: string,
  repositories: Record<string, string>,
): Promise<Installation> => {
  const root = await mkdtemp(join(folder.path, `${name}-`)); // a test may be tried again
  await mkdir(join(root, "etc/yum.repos.d"), { recursive: true });
  const sections = Object.entries(repositories).map(
    ([id, says]) => `[${id}]\nname=${id}\ngpgcheck=0\n${says}\n`,
  );
  await writeFile(join(root, "etc/yum.repos.d/some.repo"), sections.join("\n"));
  const own = [`--installroot=${root}`, `--setopt=cachedir=${root}/var/cache/dnf`];
  return installationIn(root, "dnf", ["--assumeyes", "--releasever=1", ...own]);
};

describe("what dnf read of its repositories", () => {
  test("is what the web says, by an address, a pointer or mirrors, until it says something else", async () => {
    const { view, use } = await dnfRoot("dnf", {
      addressed: `baseurl=${address}/repository`,
      pointed: `mirrorlist=${address}/one-mirror`,
      "mirrored-debug": `mirrorlist=${address}/mirrors`,
      disabled: `baseurl=${address}/nowhere/\nenabled=0`,
    });
    await use("install", "oven");
    const read = (await dnfRepositories(view)) ?? [];
    const addresses = new Set(read.map(({ url }) => url));
    expect(addresses).toEqual(new Set([index(), `${address}/one-mirror`]));
    expect(read.filter(({ url }) => url === index())).toHaveLength(3);
    for (const one of read) expect(await onTheWeb(one.url)).toEqual(one);
    await addPackage("crumb");
    await repositoryIn(join(folder.path, "web/repository"));
    const before = read.find(({ url }) => url === index());
    expect(await onTheWeb(index())).not.toEqual(before);
    expect(await dnfRepositories(view)).toEqual(read); // asked for nothing anew
  });

  test("is not known once dnf has cleaned up, nor where a repository is a folder", async () => {
    const cleaned = await dnfRoot("cleaned", { one: `baseurl=${address}/repository/` });
    await cleaned.use("makecache");
    await cleaned.use("clean", "all");
    expect(await dnfRepositories(cleaned.view)).toBeUndefined();
    const local = await dnfRoot("local", { one: `baseurl=file://${folder.path}/web/repository/` });
    await local.use("makecache");
    expect(await dnfRepositories(local.view)).toBeUndefined();
  });

  test("is not known where a repository was set up twice, or where there is none", async () => {
    const twice = await dnfRoot("twice", { one: `baseurl=${address}/repository/` });
    await twice.use("makecache");
    const sections = join(twice.root, "etc/yum.repos.d/some.repo");
    const text = await readFile(sections, "utf8");
    await writeFile(sections, text.replace("/repository/", "/repository"));
    await twice.use("makecache");
    expect(await dnfRepositories(twice.view)).toBeUndefined();
    const none = await dnfRoot("none", {});
    expect(await dnfRepositories(none.view)).toBeUndefined();
  });

  test("is read of dnf 5, too, whose words and folder are others", async () => {
    const said = [
      ...["Repo ID              : fedora", "Name                 : Fedora 43 - x86_64"],
      ...["Status               : enabled", "URLs                 :"],
      "  Base URL           : https://mirror.example.org/fedora/43/ (87 more)",
      "  Metalink           : https://mirrors.example.org/metalink?repo=fedora-43",
      ...["", "Repo ID              : amazonlinux", "URLs                 :"],
      "  Base URL           : https://cdn.example.org/guids/0f3c/ (1 more)",
      "  Mirrorlist         : https://cdn.example.org/latest/mirror.list",
    ];
    const files: Record<string, string> = {
      "fedora-0123456789abcdef/repodata/repomd.xml": "fedora's",
      "amazonlinux-fedcba9876543210/repodata/repomd.xml": "amazon's",
      "amazonlinux-fedcba9876543210/mirrorlist": "https://cdn.example.org/guids/0f3c/\n",
    };
    const cache = "/var/cache/libdnf5";
    const found = await dnfRepositories({
      said: async () => said.join("\n"),
      names: async (path) =>
        path === cache ? ["fedora-0123456789abcdef", "amazonlinux-fedcba9876543210"] : [],
      read: async (path) => files[path.slice(cache.length + 1)],
    });
    expect(found).toEqual([
      {
        url: "https://mirror.example.org/fedora/43/repodata/repomd.xml",
        digest: digestOf("fedora's"),
      },
      {
        url: "https://cdn.example.org/guids/0f3c/repodata/repomd.xml",
        digest: digestOf("amazon's"),
      },
      {
        url: "https://cdn.example.org/latest/mirror.list",
        digest: digestOf("https://cdn.example.org/guids/0f3c/\n"),
      },
    ]);
  });
});

const zypperRoot = async (name: string): Promise<Installation> => {
  const root = await mkdtemp(join(folder.path, `${name}-`));
  return installationIn(root, "zypper", ["--non-interactive", "--root", root]);
};

describe("what zypper read of its repositories", () => {
  test("is what the web says, of those that are enabled", async () => {
    const { view, use } = await zypperRoot("zypper");
    const asked = "?flavour=a&crust=b";
    await use("addrepo", "--no-gpgcheck", `${address}/repository${asked}`, "one & <only>");
    await use("addrepo", "--no-gpgcheck", "--disable", `${address}/nowhere`, "other");
    await use("refresh");
    expect(await zypperRepositories(view)).toEqual([await onTheWeb(`${index()}${asked}`)]);
  });

  test("is not known where a repository is a folder, has a password, was never read, or where there is none", async () => {
    const secret = await zypperRoot("secret");
    const withPassword = address.replace("//", "//user:password@");
    await secret.use("addrepo", "--no-gpgcheck", `${withPassword}/repository`, "one");
    await secret.use("refresh");
    expect(await zypperRepositories(secret.view)).toBeUndefined();
    const local = await zypperRoot("folder");
    await local.use("addrepo", "--no-gpgcheck", `dir://${folder.path}/web/repository`, "one");
    await local.use("refresh");
    expect(await zypperRepositories(local.view)).toBeUndefined();
    const unread = await zypperRoot("unread");
    await unread.use("addrepo", "--no-gpgcheck", `${address}/repository`, "one");
    expect(await zypperRepositories(unread.view)).toBeUndefined();
    expect(await zypperRepositories((await zypperRoot("bare")).view)).toBeUndefined();
  });
});
