import { licenceFrom } from "./licence.ts";
import { purlOf } from "./purl.ts";
import type { Software, SoftwareList } from "./software.ts";
import { uuidOf } from "./uuid.ts";

/*
 * SPDX 2.3 in JSON: https://spdx.github.io/spdx-spec/v2.3/. Only what is written here; the fields'
 * names and values are the specification's.
 */

interface SpdxPackage {
  SPDXID: string;
  name: string;
  versionInfo?: string;
  primaryPackagePurpose?: "OPERATING_SYSTEM" | "LIBRARY";
  downloadLocation: "NOASSERTION";
  filesAnalyzed: false;
  sourceInfo?: string;
  licenseConcluded: "NOASSERTION";
  licenseDeclared: string;
  copyrightText: "NOASSERTION";
  externalRefs?: {
    referenceCategory: "PACKAGE-MANAGER";
    referenceType: "purl";
    referenceLocator: string;
  }[];
}

interface ExtractedLicence {
  licenseId: string;
  name: string;
  extractedText: string;
}

interface SpdxDocument {
  spdxVersion: "SPDX-2.3";
  dataLicense: "CC0-1.0";
  SPDXID: "SPDXRef-DOCUMENT";
  name: string;
  documentNamespace: string;
  creationInfo: { created: string; creators: string[] };
  packages: SpdxPackage[];
  hasExtractedLicensingInfos?: ExtractedLicence[];
  relationships: {
    spdxElementId: string;
    relationshipType: "DESCRIBES" | "CONTAINS";
    relatedSpdxElement: string;
  }[];
}

/**
 * An image's software as an SPDX document. The same list gives the same bytes: its namespace is made
 * from the rest. SPDX asks for a time; `newest` is when anything in the image last changed, in
 * seconds since the epoch.
 */
export const spdxText = (list: SoftwareList, newest: number): string => {
  const document = documentOf(list, new Date(newest * 1000));
  document.documentNamespace = `urn:uuid:${uuidOf(JSON.stringify(document))}`;
  return `${JSON.stringify(document, undefined, 2)}\n`;
};

const imageId = "SPDXRef-Image";

const unasserted = {
  downloadLocation: "NOASSERTION",
  filesAnalyzed: false,
  licenseConcluded: "NOASSERTION",
  copyrightText: "NOASSERTION",
} as const;

const documentOf = (list: SoftwareList, created: Date): SpdxDocument => {
  const { name, distribution } = list;
  const extracted = new Map<string, ExtractedLicence>();
  const image: SpdxPackage = {
    ...{ SPDXID: imageId, name, versionInfo: distribution && releaseOf(distribution) },
    ...{ primaryPackagePurpose: "OPERATING_SYSTEM", licenseDeclared: "NOASSERTION" },
    ...unasserted,
  };
  const parts = list.packages.map((one, at) => ({
    ...{ SPDXID: `SPDXRef-Package-${at + 1}-${idPart(one.name)}`, name: one.name },
    ...{ versionInfo: one.version, primaryPackagePurpose: "LIBRARY" as const },
    ...{ sourceInfo: sourceText(one), licenseDeclared: declared(one.licence, extracted) },
    ...unasserted,
    ...purlReference(purlOf(one, distribution)),
  }));
  return {
    ...{ spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name },
    documentNamespace: "",
    creationInfo: { created: timeText(created), creators: ["Tool: ovenbird"] },
    packages: [image, ...parts],
    ...(extracted.size > 0 && { hasExtractedLicensingInfos: [...extracted.values()] }),
    relationships: [
      relation("SPDXRef-DOCUMENT", "DESCRIBES", imageId),
      ...parts.map(({ SPDXID }) => relation(imageId, "CONTAINS", SPDXID)),
    ],
  };
};

/** `2026-11-21T10:00:00Z`: SPDX has no parts of seconds. */
const timeText = (time: Date): string => time.toISOString().replace(/\.[0-9]+Z$/, "Z");

const releaseOf = ({ id, version }: { id: string; version?: string }): string =>
  [id, version].filter((part) => part !== undefined).join(" ");

const relation = (
  spdxElementId: string,
  relationshipType: "DESCRIBES" | "CONTAINS",
  relatedSpdxElement: string,
) => ({ spdxElementId, relationshipType, relatedSpdxElement });

/** Ids are of letters, digits, dots and dashes. */
const idPart = (name: string): string => name.replaceAll(/[^A-Za-z0-9.-]/g, "-");

const sourceText = ({ source }: Software): string | undefined =>
  source === undefined ? undefined : `built from ${source.name} ${source.version}`;

const purlReference = (purl: string | undefined): Pick<SpdxPackage, "externalRefs"> =>
  purl === undefined
    ? {}
    : {
        externalRefs: [
          {
            referenceCategory: "PACKAGE-MANAGER",
            referenceType: "purl",
            referenceLocator: purl,
          },
        ],
      };

/** What has no name in SPDX is given one of the document's own, with the words that were found. */
const declared = (text: string | undefined, extracted: Map<string, ExtractedLicence>): string => {
  if (text === undefined) return "NOASSERTION";
  const licence = licenceFrom(text);
  if ("spdx" in licence) return licence.spdx;
  return licence.all.map(({ name, spdx }) => spdx ?? referenceTo(name, extracted)).join(" AND ");
};

const referenceTo = (name: string, extracted: Map<string, ExtractedLicence>): string => {
  const known = extracted.get(name);
  if (known !== undefined) return known.licenseId;
  const licenseId = `LicenseRef-${extracted.size + 1}-${idPart(name).slice(0, 60)}`;
  extracted.set(name, { licenseId, name, extractedText: name });
  return licenseId;
};
