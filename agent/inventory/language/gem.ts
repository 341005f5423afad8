import { type FoundPackage, isWord } from "./found.ts";

/** What RubyGems writes of an installed gem, and of those that come with Ruby. */
export const gemFiles = /\/specifications\/(?:default\/)?[^/]+\.gemspec$/;

/** A specification is a program; RubyGems writes always the same one, and first a line of facts. */
export const gemPackage = (text: string): FoundPackage[] => {
  const [, stubName, stubVersion] = /^# stub: (\S+) (\S+) /m.exec(text) ?? [];
  const name = stubName ?? valueOf(text, "name");
  const version = stubVersion ?? valueOf(text, "version");
  if (!isWord(name) || !isWord(version)) return [];
  const list =
    /\.licenses?\s*=\s*\[?((?:\s*"[^"\n]{1,100}"(?:\.freeze)?,?)+)/.exec(text)?.[1] ?? "";
  const licence = [...list.matchAll(/"([^"]+)"/g)].map(([, one]) => one).join(" or ");
  return [{ kind: "gem", name, version, ...(isWord(licence) && { licence }) }];
};

const valueOf = (text: string, field: string): string | undefined =>
  new RegExp(
    String.raw`^\s*\w+\.${field}\s*=\s*(?:Gem::Version\.new\()?["']([^"'\n]{1,200})["']`,
    "m",
  ).exec(text)?.[1];
