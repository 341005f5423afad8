import type { Clock } from "./clock.ts";
import { serviceError } from "./faults.ts";
import { page } from "./world.ts";

interface Parameter {
  value: string;
  version: number;
  at: number;
  history: { Name: string; Value: string; Description?: string | undefined; Version: number }[];
}

/** Systems Manager's parameters, each with all its versions. */
export const openParameters = (clock: Clock) => {
  const parameters = new Map<string, Parameter>();
  const operations = {
    GetParameter({ Name = "" }: { Name?: string }) {
      const found = parameters.get(Name);
      if (found === undefined) throw serviceError("ParameterNotFound", Name);
      const { value, version, at } = found;
      return {
        Parameter: { Name, Value: value, Version: version, LastModifiedDate: new Date(at) },
      };
    },
    GetParameterHistory({ Name = "" }: { Name?: string }) {
      const found = parameters.get(Name);
      if (found === undefined) throw serviceError("ParameterNotFound", Name);
      return { Parameters: found.history };
    },
    GetParametersByPath({ Path = "", NextToken }: { Path?: string; NextToken?: string }) {
      const below = [...parameters.keys()].filter((name) => name.startsWith(`${Path}/`));
      const { items, next } = page(below, NextToken);
      return { Parameters: items.map((Name) => ({ Name })), NextToken: next };
    },
    DeleteParameter({ Name = "" }: { Name?: string }) {
      if (!parameters.delete(Name)) throw serviceError("ParameterNotFound", Name);
      return {};
    },
    PutParameter(input: {
      Name?: string;
      Value?: string;
      Description?: string;
      Overwrite?: boolean;
    }) {
      const { Name = "", Value = "", Description, Overwrite } = input;
      const before = parameters.get(Name);
      if (before !== undefined && Overwrite !== true) {
        throw serviceError("ParameterAlreadyExists", Name);
      }
      const version = (before?.version ?? 0) + 1;
      const entry = { Name, Value, Description, Version: version };
      const history = [...(before?.history ?? []), entry];
      parameters.set(Name, { value: Value, version, at: clock.now(), history });
      return { Version: version };
    },
  };
  return { parameters, operations };
};
