import { closeSync } from "node:fs";
import { posix } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Entry, fromBufferPromise, fromFdPromise, type ZipFile } from "yauzl";
import { type FoundPackage, isWord } from "./found.ts";

/** Archives of Java's; those for its servers and of Spring have others in them. */
export const jarFiles = /\.(?:jar|war|ear|jpi|hpi)$/i;

/** Entries of one archive, and bytes of a file in it that is text: a signed one lists all its files. */
const mostEntries = 200_000;
const largestText = 4 * 1024 ** 2;

/** Bytes of an archive in an archive. */
const largestInner = 64 * 1024 ** 2;

/** Bytes that may yet be unpacked, in all of an image. */
export interface JarBudget {
  left: number;
}

interface Order {
  /** Of the file: its name is told when it says no better of itself. */
  path: string;
  budget: JarBudget;
  /** Called when not all of it was looked at. */
  onCut(): void;
}

/**
 * The packages in a Java archive and in those in it, one level deep: Maven's own files tell of
 * them, one for each that was put together into one; else the manifest. What is no zip file is
 * none that Java would load.
 */
export const jarPackages = async (descriptor: number, order: Order): Promise<FoundPackage[]> => {
  let zip: ZipFile | undefined;
  try {
    zip = await fromFdPromise(descriptor, { autoClose: false });
    return await packagesIn(zip, order, true);
  } catch {
    return [];
  } finally {
    if (zip === undefined) closeSync(descriptor);
    else zip.close();
  }
};

const pomFile = /(?:^|\/)META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
const manifestFile = /^META-INF\/MANIFEST\.MF$/i;

const packagesIn = async (
  zip: ZipFile,
  order: Order,
  isOuter: boolean,
): Promise<FoundPackage[]> => {
  const found: FoundPackage[] = [];
  const inner: FoundPackage[] = [];
  let manifest = "";
  let entries = 0;
  for await (const entry of zip.eachEntry()) {
    if (++entries > mostEntries) {
      order.onCut();
      break;
    }
    const { fileName } = entry;
    if (pomFile.test(fileName)) found.push(...pomPackage(await textOf(zip, entry, order)));
    else if (manifestFile.test(fileName)) manifest = await textOf(zip, entry, order);
    else if (isOuter && jarFiles.test(fileName)) inner.push(...(await innerOf(zip, entry, order)));
  }
  const own = found.length > 0 ? found : manifestPackage(manifest, order.path);
  return [...own, ...inner];
};

const innerOf = async (zip: ZipFile, entry: Entry, order: Order): Promise<FoundPackage[]> => {
  const content = await contentOf(zip, entry, largestInner, order);
  if (content === undefined) return [];
  try {
    const inner = await fromBufferPromise(content, { autoClose: false });
    return await packagesIn(inner, { ...order, path: entry.fileName }, false);
  } catch {
    return []; // as above
  }
};

const textOf = async (zip: ZipFile, entry: Entry, order: Order): Promise<string> =>
  (await contentOf(zip, entry, largestText, order))?.toString("utf8") ?? "";

/** An entry's content; yauzl sees that it has no more bytes than it says. */
const contentOf = async (zip: ZipFile, entry: Entry, largest: number, order: Order) => {
  const { uncompressedSize: size } = entry;
  if (size > largest || size > order.budget.left) {
    order.onCut();
    return undefined;
  }
  if (entry.isEncrypted() || !entry.canDecodeFileData()) return undefined;
  order.budget.left -= size;
  return buffer(await zip.openReadStreamPromise(entry));
};

/** What Maven's archiver writes: lines of a name, an equals sign and a value. */
const pomPackage = (text: string): FoundPackage[] => {
  const value = (name: string) =>
    new RegExp(String.raw`^\s*${name}\s*[=:]\s*(\S+)\s*$`, "m").exec(text)?.[1];
  const [group, artifact, version] = ["groupId", "artifactId", "version"].map(value);
  if (!isWord(group) || !isWord(artifact) || !isWord(version)) return [];
  return [{ kind: "maven", name: `${group}:${artifact}`, version }];
};

/** Without a group Maven has no name for it, but its own name and version are known. */
const manifestPackage = (text: string, path: string): FoundPackage[] => {
  // a line has 72 bytes, and goes on in the next behind a space
  const whole = text.replaceAll(/\r?\n /g, "");
  const value = (name: string) =>
    new RegExp(`^${name}: *([^\r\n;]+)`, "mi").exec(whole)?.[1]?.trim();
  const [, file, fileVersion] =
    /^(.+?)(?:-([0-9][^/]*))?\.[a-z]+$/i.exec(posix.basename(path)) ?? [];
  const version = value("Implementation-Version") ?? value("Bundle-Version") ?? fileVersion;
  const name = fileVersion === undefined ? (value("Bundle-SymbolicName") ?? file) : file;
  return isWord(name) && isWord(version) ? [{ kind: "maven", name, version }] : [];
};
