import { ComponentType } from "@cyclonedx/cyclonedx-library/Enums";
import {
  Bom,
  Component,
  type License,
  LicenseExpression,
  LicenseRepository,
  Metadata,
  NamedLicense,
  Property,
  PropertyRepository,
  SpdxLicense,
  Tools,
} from "@cyclonedx/cyclonedx-library/Models";
import { JSON as Json, JsonSerializer } from "@cyclonedx/cyclonedx-library/Serialize";
import { Spec1dot5 } from "@cyclonedx/cyclonedx-library/Spec";
import type { Distribution } from "../inventory.ts";
import { licenceFrom } from "./licence.ts";
import { purlOf } from "./purl.ts";
import type { Software, SoftwareList } from "./software.ts";
import { uuidOf } from "./uuid.ts";

/**
 * An image's software as a CycloneDX document, https://cyclonedx.org/docs/1.5/json/. The same list
 * gives the same bytes: there is no time in it, and its serial number is made from the rest.
 */
export const cycloneDxText = (list: SoftwareList): string => {
  const bom = bomOf(list);
  const serializer = new JsonSerializer(new Json.Normalize.Factory(Spec1dot5));
  const layout = { sortLists: false, space: 2 };
  bom.serialNumber = `urn:uuid:${uuidOf(serializer.serialize(bom, layout))}`;
  return `${serializer.serialize(bom, layout)}\n`;
};

const bomOf = ({ name, distribution, packages }: SoftwareList): Bom => {
  const image = new Component(ComponentType.OperatingSystem, name, { bomRef: "image" });
  const bom = new Bom({ metadata: new Metadata({ component: image, tools: new Tools() }) });
  bom.metadata.tools.components.add(new Component(ComponentType.Application, "ovenbird"));
  if (distribution !== undefined) bom.components.add(systemOf(distribution));
  const refs = new Set<string>();
  for (const one of packages) {
    const purl = purlOf(one, distribution);
    const bomRef = unique(refs, purl ?? `${one.kind}:${one.name}@${one.version}`);
    bom.components.add(componentOf(one, { bomRef, purl }));
  }
  return bom;
};

const systemOf = ({ id, version, name }: Distribution): Component =>
  new Component(ComponentType.OperatingSystem, id, {
    ...{ bomRef: "distribution", version, description: name },
  });

/** Two may have all in common but the place where they lie. */
const unique = (taken: Set<string>, wanted: string): string => {
  let ref = wanted;
  for (let copy = 2; taken.has(ref); copy++) ref = `${wanted}#${copy}`;
  taken.add(ref);
  return ref;
};

const componentOf = (one: Software, known: { bomRef: string; purl?: string }): Component =>
  new Component(ComponentType.Library, one.name, {
    ...{ ...known, version: one.version },
    ...(one.licence !== undefined && { licenses: new LicenseRepository(licencesOf(one.licence)) }),
    properties: new PropertyRepository(
      Object.entries(propertiesOf(one)).map(([name, value]) => new Property(name, value)),
    ),
  });

/** What CycloneDX has no field for, under names of our own. */
const propertiesOf = ({ kind, source, state }: Software): Record<string, string> => ({
  "ovenbird:package:kind": kind,
  ...(source !== undefined && {
    "ovenbird:package:source": source.name,
    "ovenbird:package:source-version": source.version,
  }),
  ...(state !== undefined && { "ovenbird:package:state": state }),
});

/** An expression stands alone; ids and names may stand together. */
const licencesOf = (text: string): License[] => {
  const licence = licenceFrom(text);
  if ("all" in licence) {
    return licence.all.map(({ name, spdx }) =>
      spdx === undefined || spdx.includes(" ") ? new NamedLicense(name) : new SpdxLicense(spdx),
    );
  }
  return [licence.isId ? new SpdxLicense(licence.spdx) : new LicenseExpression(licence.spdx)];
};
