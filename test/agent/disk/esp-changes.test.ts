import { expect, test } from "vitest";
import { espChanges, folder } from "../../../agent/disk/esp-changes.ts";

const none = { removeFiles: [], removeFolders: [], makeFolders: [], write: [] };

const changes = (before: Record<string, string>, after: Record<string, string>) =>
  espChanges(new Map(Object.entries(before)), new Map(Object.entries(after)));

const tree = { EFI: folder, "EFI/BOOT": folder, "EFI/BOOT/BOOTX64.EFI": "1", "a.txt": "2" };

test("what is the same is left alone", () => {
  expect(changes(tree, tree)).toEqual(none);
});

test("folders are made from the outside in, and removed from the inside out", () => {
  expect(changes({}, tree)).toEqual({
    ...none,
    makeFolders: ["EFI", "EFI/BOOT"],
    write: [
      { from: "EFI/BOOT/BOOTX64.EFI", to: "EFI/BOOT/BOOTX64.EFI" },
      { from: "a.txt", to: "a.txt" },
    ],
  });
  expect(changes(tree, {})).toEqual({
    ...none,
    removeFiles: ["EFI/BOOT/BOOTX64.EFI", "a.txt"],
    removeFolders: ["EFI/BOOT", "EFI"],
  });
});

test("a file in a folder's place, and a folder in a file's, replace them", () => {
  expect(changes({ a: "1", b: folder, "b/c": "2" }, { a: folder, "a/x": "1", b: "3" })).toEqual({
    removeFiles: ["a", "b/c"],
    removeFolders: ["b"],
    makeFolders: ["a"],
    write: [
      { from: "a/x", to: "a/x" },
      { from: "b", to: "b" },
    ],
  });
});

test("another spelling of a folder is that folder, and a new file in it takes the old one's place", () => {
  const after = { ...tree, efi: folder, "efi/boot": folder, "efi/boot/bootx64.efi": "9" };
  expect(changes(tree, after)).toEqual({
    ...none,
    write: [{ from: "efi/boot/bootx64.efi", to: "EFI/BOOT/BOOTX64.EFI" }],
  });
});

test("a file that was given another spelling gets it", () => {
  expect(changes({ "A.TXT": "1" }, { "a.txt": "1" })).toEqual({
    ...none,
    removeFiles: ["A.TXT"],
    write: [{ from: "a.txt", to: "a.txt" }],
  });
});

test("a folder that was only spelled otherwise is left alone, with what is in it", () => {
  const after = { efi: folder, "efi/BOOT": folder, "efi/BOOT/BOOTX64.EFI": "1", "a.txt": "2" };
  expect(changes(tree, after)).toEqual(none);
});

test.each(["two/TWO", "a:b", "a?", "a\nb", "a ", "a.", "[x]", "x".repeat(256)])(
  "what a FAT cannot hold is refused: %j",
  (name) => {
    const [one = "", other] = name.split("/");
    const after = { [one]: "1", ...(other !== undefined && { [other]: "2" }) };
    expect(() => changes({}, after)).toThrow(expect.objectContaining({ name: "UnfitForEsp" }));
  },
);
