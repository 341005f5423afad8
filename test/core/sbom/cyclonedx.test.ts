import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRequire } from "node:module";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { cycloneDxText } from "../../../core/sbom/cyclonedx.ts";
import { alpineList, debianList, rockyList } from "./lists.ts";

/** The official schemas, as the library ships them. */
const library = dirname(
  createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library/package.json"),
);
const schemaOf = (name: string): object =>
  JSON.parse(readFileSync(join(library, "res/schema", name), "utf8")) as object;

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
for (const name of ["spdx", "jsf-0.82"].map((other) => `${other}.SNAPSHOT.schema.json`)) {
  ajv.addSchema(schemaOf(name), `http://cyclonedx.org/schema/${name}`);
}
ajv.addFormat("idn-email", true).addFormat("iri-reference", true);
const validate = ajv.compile(schemaOf("bom-1.5.SNAPSHOT.schema.json"));

interface Bom {
  serialNumber: string;
  components: { name: string; purl?: string; licenses?: unknown; properties?: unknown }[];
}

const bomOf = (text: string) => JSON.parse(text) as Bom;

test.each([debianList, alpineList, rockyList, { name: "empty", packages: [] }])(
  "the document of $name satisfies the official schema",
  (list) => {
    validate(JSON.parse(cycloneDxText(list)));
    expect(validate.errors).toBeNull();
  },
);

test("the schema is one that refuses", () => {
  expect(validate({ ...bomOf(cycloneDxText(debianList)), serialNumber: "none" })).toBe(false);
});

test("the same list gives the same bytes, and another its own serial number", () => {
  const text = cycloneDxText(debianList);
  expect(cycloneDxText(structuredClone(debianList))).toBe(text);
  expect(text).not.toMatch(/timestamp/i);
  expect(bomOf(text).serialNumber).toMatch(
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  const other = { ...debianList, packages: debianList.packages.slice(1) };
  expect(bomOf(cycloneDxText(other)).serialNumber).not.toBe(bomOf(text).serialNumber);
});

test("packages have their URL, licences and source, and those alike stand apart", () => {
  const { components } = bomOf(cycloneDxText(debianList));
  expect(components.map(({ name, purl }) => [name, purl])).toEqual([
    ["debian", undefined],
    ["libssl3", "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12"],
    [
      "openssh-server",
      "pkg:deb/debian/openssh-server@1:9.2p1-2%2Bdeb12u2?arch=amd64&distro=debian-12",
    ],
    ["perl-base", "pkg:deb/debian/perl-base@5.36.0-7?arch=amd64&distro=debian-12"],
    ["@babel/core", "pkg:npm/%40babel/core@7.24.0"],
    ["@babel/core", "pkg:npm/%40babel/core@7.24.0"],
    ["no-group", undefined],
  ]);
  expect(components.map(({ licenses }) => licenses)).toEqual([
    undefined,
    [{ license: { id: "Apache-2.0" } }],
    [
      { license: { name: "Expat-netbsd" } },
      { license: { id: "BSD-2-Clause" } },
      { license: { name: "odd" } },
    ],
    [{ expression: "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND MIT" }],
    [{ license: { id: "MIT" } }],
    [{ license: { id: "MIT" } }],
    undefined,
  ]);
  expect(components[1]?.properties).toEqual([
    { name: "ovenbird:package:kind", value: "dpkg" },
    { name: "ovenbird:package:source", value: "openssl" },
    { name: "ovenbird:package:source-version", value: "3.0.11-1~deb12u2" },
  ]);
});
