import { expect, test } from "vitest";
import { spdxText } from "../../../core/sbom/spdx.ts";
import { alpineList, debianList, rockyList } from "./lists.ts";

interface Document {
  SPDXID: string;
  documentNamespace: string;
  creationInfo: { created: string; creators: string[] };
  packages: Record<string, unknown>[];
  hasExtractedLicensingInfos?: { licenseId: string; extractedText: string }[];
  relationships: Record<"spdxElementId" | "relationshipType" | "relatedSpdxElement", string>[];
}

const newest = 1_770_000_000;
const documentOf = (list: Parameters<typeof spdxText>[0]) =>
  JSON.parse(spdxText(list, newest)) as Document;

/*
 * The official schema is in no package that is installed here; these are the fields that it and
 * the specification's chapters 6 to 11 require, and the forms of their values.
 */
test.each([debianList, alpineList, rockyList, { name: "empty", packages: [] }])(
  "the document of $name has what SPDX 2.3 requires, in its forms",
  (list) => {
    const document = documentOf(list);
    expect(document).toMatchObject({
      ...{ spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT" },
      ...{ name: list.name, documentNamespace: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/) },
      creationInfo: { created: "2026-02-02T02:40:00Z", creators: ["Tool: ovenbird"] },
    });
    for (const one of document.packages) {
      expect(one).toMatchObject({
        SPDXID: expect.stringMatching(/^SPDXRef-[A-Za-z0-9.-]+$/),
        name: expect.stringMatching(/./),
        downloadLocation: "NOASSERTION",
        licenseDeclared: expect.stringMatching(/./),
      });
    }
    const ids = [document.SPDXID, ...document.packages.map(({ SPDXID }) => String(SPDXID))];
    expect(new Set(ids).size).toBe(ids.length);
    expect(document.relationships).toHaveLength(document.packages.length);
    for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
      expect(ids).toEqual(expect.arrayContaining([spdxElementId, relatedSpdxElement]));
    }
  },
);

test("the same list gives the same bytes, and another its own namespace", () => {
  expect(spdxText(structuredClone(debianList), newest)).toBe(spdxText(debianList, newest));
  const other = { ...debianList, packages: debianList.packages.slice(1) };
  expect(documentOf(other).documentNamespace).not.toBe(documentOf(debianList).documentNamespace);
});

test("every licence that is referred to is in the document, with the words that were found", () => {
  const document = documentOf(debianList);
  const licences = document.packages.map(({ licenseDeclared }) => licenseDeclared);
  expect(licences).toContain("LicenseRef-1-Expat-netbsd AND BSD-2-Clause AND LicenseRef-2-odd");
  expect(document.hasExtractedLicensingInfos).toEqual([
    { licenseId: "LicenseRef-1-Expat-netbsd", name: "Expat-netbsd", extractedText: "Expat-netbsd" },
    { licenseId: "LicenseRef-2-odd", name: "odd", extractedText: "odd" },
  ]);
});
