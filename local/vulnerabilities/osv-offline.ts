import { basename, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { ScanImpossible } from "../../core/errors.ts";
import { type Question, questionsFor } from "../../core/vulnerabilities/ecosystem.ts";
import {
  named,
  type Scanner,
  type Unscanned,
  type Vulnerabilities,
} from "../../core/vulnerabilities/finding.ts";
import { matchOf } from "../../core/vulnerabilities/matching.ts";
import { type Candidate, osvFindings } from "../../core/vulnerabilities/osv-findings.ts";
import type { OsvAffected, OsvRecord } from "../../core/vulnerabilities/osv-record.ts";
import { aboutIndex, indexName, isIndexOf, makeIndex } from "./osv-index.ts";
import { openOsvData } from "./osv-data.ts";

export interface OfflineOsv {
  /** The folder with a copy of OSV's data: see osv-data.ts. */
  data: string;
  /** Where its index is kept, which is made when there is none, or the data changed. */
  index: string;
}

/** Looks for vulnerabilities in a copy of OSV's data, and asks nobody. */
export const offlineOsv = ({ data, index }: OfflineOsv): Vulnerabilities => ({
  async find(packages, distribution) {
    const { questions, unscanned } = questionsFor(packages, distribution);
    using database = await openIndex(data, index);
    const { there, lacking } = covered(database, questions, data);
    const about = aboutIndex(database);
    const exploited = about.get("exploited");
    const known =
      exploited === undefined ? undefined : new Set(Exploited.parse(JSON.parse(exploited)));
    const findings = osvFindings(candidates(database, there), known);
    const newest = about.get("newest");
    return {
      ...{ scanner: scannerOf(data), findings, unscanned: [...unscanned, ...lacking] },
      ...(newest && { newest }),
    };
  },
});

/** By the folder's name alone: where it is on this machine is nobody's business. */
const scannerOf = (folder: string): Scanner => {
  const uri = `ovenbird:osv/${encodeURIComponent(basename(resolve(folder)))}`;
  return { name: "a copy of OSV's data", uri, database: uri };
};

const Exploited = z.array(z.string());

const openIndex = async (folder: string, index: string): Promise<DatabaseSync> => {
  const data = await openOsvData(folder).catch((error: NodeJS.ErrnoException) => {
    throw new ScanImpossible(`the copy of OSV's data, ${folder}, cannot be read: ${error.code}`, {
      cause: error,
    });
  });
  const there = openCurrent(index);
  if (there !== undefined && isIndexOf(aboutIndex(there), data)) return there;
  there?.close();
  await makeIndex(index, data);
  return new DatabaseSync(index, { readOnly: true });
};

/** The index that is there; undefined when it is none, or damaged. */
const openCurrent = (index: string): DatabaseSync | undefined => {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(index, { readOnly: true });
    aboutIndex(database);
    return database;
  } catch {
    database?.close();
    return undefined;
  }
};

/** A question, and its ecosystem's number in the index. */
interface Covered {
  question: Question;
  id: number;
}

/** What the copy can be asked, and packages of which it has nothing. Throws ScanImpossible. */
const covered = (database: DatabaseSync, questions: readonly Question[], folder: string) => {
  const ecosystem = database.prepare("SELECT id FROM ecosystems WHERE name = ?");
  const names = new Set(questions.map((one) => one.ecosystem));
  const ids = new Map([...names].map((name) => [name, ecosystem.get(name)?.["id"]]));
  const there: Covered[] = [];
  const lacking: Unscanned[] = [];
  for (const question of questions) {
    const id = ids.get(question.ecosystem);
    if (typeof id === "number") there.push({ question, id });
    else {
      const why = lackingText(question.ecosystem, folder);
      lacking.push(...question.packages.map((one) => ({ package: named(one), why })));
    }
  }
  const [first] = lacking;
  if (first !== undefined && there.length === 0) throw new ScanImpossible(first.why);
  return { there, lacking };
};

/** Records about what is asked. */
function* candidates(database: DatabaseSync, covers: readonly Covered[]): Generator<Candidate> {
  const entries = database.prepare(
    "SELECT records.json AS record, entries.json AS entry FROM entries " +
      "JOIN records ON records.id = entries.record WHERE ecosystem = ? AND name = ?",
  );
  for (const { question, id } of covers) {
    const { ecosystem: name } = question;
    for (const { record, entry } of entries.iterate(id, indexName(name, question.name))) {
      // what an index holds was parsed when it was made; most of it says that all is well
      const affected = JSON.parse(String(entry)) as OsvAffected;
      if (matchOf(affected, question.version, question.order) === undefined) continue;
      const rest = JSON.parse(String(record)) as OsvRecord;
      yield { question, record: { ...rest, affected: [affected] } };
    }
  }
}

const lackingText = (ecosystem: string, folder: string): string => {
  const [file = ""] = ecosystem.split(":");
  return `the copy of OSV's data in ${folder} has nothing of ${ecosystem}: add all.zip of ${file}`;
};
