import { join } from "node:path";
import { writeRecord } from "../../../local/record.ts";

/* Writes a record again and again, each time another and of another length, until it is killed. */

const [folder = ""] = process.argv.slice(2);
process.stdout.write("begun\n");
for (let count = 0; ; count++) {
  const text = String(count % 10).repeat(1 + ((count * 7919) % 200_000));
  await writeRecord(join(folder, "record.json"), { count, text }, join(folder, "aside"));
}
