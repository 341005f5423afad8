import type { Buffer } from "node:buffer";
import { type Elf, readElf, type ReadPart, wordAt } from "./elf.ts";
import { type FoundPackage, isWord } from "./found.ts";

/*
 * What Go's linker writes of a program into itself, as debug/buildinfo reads it:
 * https://go.dev/src/debug/buildinfo/buildinfo.go. The modules as runtime/debug prints them:
 * https://go.dev/src/runtime/debug/mod.go
 */

const magic = "\xff Go buildinf:";
const headerSize = 32;

/** Bytes that are searched for it, and of the modules' text: Kubernetes' has 30,000. */
const searched = 1024 ** 2;
const longestText = 4 * 1024 ** 2;

/** Bytes: Go's smallest program has more. */
export const smallestGo = 512 * 1024;

/** The modules that a Go program was built of; none when it is none, or was built without them. */
export const goModules = (read: ReadPart): FoundPackage[] => {
  const elf = readElf(read);
  if (elf === undefined) return [];
  const offset = headerOf(read, elf);
  const texts = offset === undefined ? undefined : textsAt(read, elf, offset);
  if (texts === undefined) return [];
  const [go, modules] = texts;
  const [, version] = /^go([0-9]+\.[0-9]+(?:\.[0-9]+)?)/.exec(go) ?? [];
  const own = { kind: "golang", name: "stdlib", version: `v${version}` } as const;
  return [...(version === undefined ? [] : [own]), ...modulesOf(modules)];
};

/** Where it is in the file: in a section of its own, or first in what can be written. */
const headerOf = (read: ReadPart, { sections, segments }: Elf): number | undefined => {
  const place = sections.get(".go.buildinfo") ?? segments.find(({ isWritable }) => isWritable);
  if (place === undefined) return undefined;
  const bytes = read(place.offset, Math.min(place.size, searched));
  for (let at = bytes.indexOf(magic, 0, "latin1"); at !== -1;) {
    if (at % 16 === 0 && at + headerSize <= bytes.length) return place.offset + at;
    at = bytes.indexOf(magic, at + 1, "latin1");
  }
  return undefined;
};

/** The version of Go, and the text about modules. */
const textsAt = (read: ReadPart, elf: Elf, offset: number): [string, string] | undefined => {
  const header = read(offset, headerSize);
  const flags = header[15] ?? 0;
  if ((flags & 2) === 0) return pointedTexts(read, elf, header);
  const go = counted(read, offset + headerSize);
  const modules = go === undefined ? undefined : counted(read, go.end);
  return go === undefined ? undefined : [go.text, unwrapped(modules?.text ?? "")];
};

/** A length in sevens of bits, the lowest first, and as many bytes. */
const counted = (read: ReadPart, offset: number): { text: string; end: number } | undefined => {
  const head = read(offset, 10);
  const last = head.findIndex((byte) => byte < 0x80);
  if (last === -1 || last > 4) return undefined;
  const length = head.subarray(0, last + 1).reduceRight((sum, byte) => sum * 128 + (byte & 127), 0);
  if (length > longestText) return undefined;
  const end = offset + last + 1 + length;
  return { text: read(offset + last + 1, length).toString("utf8"), end };
};

/** Before Go 1.18 there are addresses of two strings, each an address and a length. */
const pointedTexts = (read: ReadPart, elf: Elf, header: Buffer): [string, string] => {
  const is64 = header[14] === 8;
  const isLittle = ((header[15] ?? 0) & 1) === 0;
  const size = is64 ? 8 : 4;
  const at = (address: number, length: number) => {
    const place = elf.segments.find(
      (one) => address >= one.address && address + length <= one.address + one.size,
    );
    return place === undefined ? undefined : read(address - place.address + place.offset, length);
  };
  const textOf = (address: number): string => {
    const pair = at(address, 2 * size);
    if (pair === undefined || pair.length < 2 * size) return "";
    const length = wordAt(pair, size, is64, isLittle);
    if (length > longestText) return "";
    return at(wordAt(pair, 0, is64, isLittle), length)?.toString("latin1") ?? "";
  };
  const pointer = (index: number) => wordAt(header, 16 + index * size, is64, isLittle);
  return [textOf(pointer(0)), unwrapped(textOf(pointer(1)))];
};

/** Sixteen bytes before and after it let it be found in a program that runs. */
const unwrapped = (text: string): string => {
  const from = text.indexOf("path\t");
  return from === -1 ? text : text.slice(from);
};

/** Lines of a word, a module and its version; `=>` says what was taken instead of the one before. */
const modulesOf = (text: string): FoundPackage[] => {
  const found: FoundPackage[] = [];
  for (const line of text.split("\n")) {
    const [word, name, version] = line.split("\t");
    if (word === "=>") found.pop();
    else if (word !== "mod" && word !== "dep") continue;
    if (isWord(name)) found.push({ kind: "golang", name, version: version || "(devel)" });
  }
  return found.filter(({ version }) => isWord(version));
};
