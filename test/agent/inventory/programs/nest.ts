import { mkdirSync, writeFileSync } from "node:fs";

/*
 * `nest.ts NAME DEPTH`: makes folders of that name in each other, and two files in the last, by
 * changing into each, because no path is long enough.
 */
const [name = "", depth] = process.argv.slice(2);
for (let level = 0; level < Number(depth); level++) {
  mkdirSync(name);
  process.chdir(name);
}
writeFileSync("file", "deep");
writeFileSync("large", Buffer.alloc(100_000));
