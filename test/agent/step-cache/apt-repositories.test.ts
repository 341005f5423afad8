import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { aptRepositories } from "../../../agent/step-cache/apt-repositories.ts";

/** As apt 3.0 prints them; the index is named by its compressed form. */
const uris = `'http://deb.debian.org/debian/dists/trixie/InRelease' deb.debian.org_debian_dists_trixie_InRelease 0 
'http://deb.debian.org/debian/dists/trixie/main/binary-amd64/Packages.xz' deb.debian.org_debian_dists_trixie_main_binary-amd64_Packages 0 
'https://example.org/apt/InRelease' example.org_apt_InRelease 0 
`;

const digest = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

const reads = (files: Record<string, string>) => (name: string) => {
  const text = files[name];
  return Promise.resolve(text === undefined ? undefined : Buffer.from(text));
};

const debian = { "deb.debian.org_debian_dists_trixie_InRelease": "trixie" };

test("a repository is what its InRelease says, or the Release of one that has no other", async () => {
  const read = reads({ ...debian, example_org: "", "example.org_apt_Release": "flat" });
  expect(await aptRepositories(uris, read)).toEqual([
    { url: "http://deb.debian.org/debian/dists/trixie/InRelease", digest: digest("trixie") },
    { url: "https://example.org/apt/Release", digest: digest("flat") },
  ]);
});

test.each([
  ["was not read", uris, debian],
  ["is a folder", "'file:/srv/apt/InRelease' srv_apt_InRelease 0\n", { srv_apt_InRelease: "x" }],
  ["is not there", "", debian],
])("a repository that %s cannot be asked again", async (_, text, files) => {
  expect(await aptRepositories(text, reads(files))).toBeUndefined();
});

test("a name that leads out of apt's folder is none", async () => {
  const text = "'http://example.org/InRelease' ../../etc/InRelease 0\n";
  const asked: string[] = [];
  await aptRepositories(text, (name) => {
    asked.push(name);
    return Promise.resolve(undefined);
  });
  expect(asked).not.toContainEqual(expect.stringContaining("/"));
});
