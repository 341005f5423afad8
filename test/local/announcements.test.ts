import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BakeEvent, type Happening } from "../../core/bake-event.ts";
import { loggedAnnouncements } from "../../local/announcements.ts";
import { type BakeLog, openLog } from "../../local/log.ts";
import { describeAnnouncements } from "../contracts/announcements.ts";
import { bake } from "../support/agent-run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describeAnnouncements("local", async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, "log.jsonl");
  const logs: BakeLog[] = [];
  const write = (happening: Happening) => {
    const log = openLog(path);
    logs.push(log);
    log.write({ ...happening, bake });
  };
  const gone = (happening: Happening) => {
    write(happening);
    throw new Error("write EPIPE"); // as a terminal says that somebody closed
  };
  const lines = async () => {
    for (const log of logs) await log[Symbol.asyncDispose]();
    return (await readFile(path, "utf8")).split("\n").slice(0, -1);
  };
  return {
    announcements: loggedAnnouncements(write),
    withOneDeaf: loggedAnnouncements(gone),
    heard: async (id) =>
      (await lines())
        .map((line) => BakeEvent.parse(JSON.parse(line)))
        .flatMap((event) => (event.event === "announced" ? [event.announcement] : []))
        .filter((announcement) => announcement.id === id),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});
