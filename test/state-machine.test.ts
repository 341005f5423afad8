import { StateMachine, type StateMachineDefinition } from "aws-local-stepfunctions";
import { describe, expect, test } from "vitest";
import type { Happening } from "../core/bake-event.ts";
import * as allContracts from "../core/contract.ts";
import { BuilderFailed, SpotLost, StepFailed } from "../core/errors.ts";
import * as pending from "../core/pending.ts";
import { ExecutionFailed } from "../local/execution-failed.ts";
import { execute } from "../local/state-machine.ts";
import { handlersOn } from "./support/handlers.ts";
import { someBake } from "./support/local-state.ts";
import { definition, states, tasks } from "./support/machine.ts";
import { memoryWorld, type MemoryWorld } from "./support/memory-ports.ts";

type Handlers = ReturnType<typeof handlersOn>;
type StateName = keyof Handlers;

interface Run {
  world?: MemoryWorld;
  /** States that do something else than they would. */
  instead?: Partial<Record<StateName, (input: unknown, context: never) => Promise<unknown>>>;
  signal?: AbortSignal;
  keepBuilder?: boolean;
}

/** Executes the real state machine with the real functions on ports in memory. */
const run = async ({ world = memoryWorld(), instead = {}, signal, keepBuilder }: Run = {}) => {
  const events: Happening[] = [];
  const bake = someBake();
  const execution = execute({
    // a copy: the interpreter writes into the definition it is given
    definition: structuredClone(definition) as unknown as StateMachineDefinition,
    bake,
    handlers: { ...handlersOn(world), ...instead },
    input: {
      ...{ recipe: "web.yaml", parameters: { GREETING: "Good morning" } },
      // absent, as whoever does not know of it would have it
      ...({ keep_builder: keepBuilder } as { keep_builder: boolean }),
    },
    signal: signal ?? new AbortController().signal,
    events: (event) => events.push(event),
  });
  const output = await execution.catch((error: unknown) => error);
  const entered = events.flatMap((event) => (event.event === "state-entered" ? [event.state] : []));
  return { bake, output, events, entered };
};

const fails = (thrown: Error) => () => Promise.reject(thrown);
const names = tasks.map(({ name }) => name as StateName);

describe("an execution", () => {
  test("ends with the published image, and everything else is given back", async () => {
    const world = memoryWorld();
    const { output, entered } = await run({ world });
    const [image] = world.images.all.values();
    expect(output).toEqual({ imageId: image?.imageId, name: "web" });
    expect(image).toMatchObject({ state: "published", tags: { role: "web" }, rootVolumeSize: 2 });
    expect(await world.builders.release(image?.bake ?? ("" as never))).toBe(0);
    expect(entered.toSorted()).toEqual(names.filter((name) => name !== "KeepBuilder").toSorted());
    expect(entered.at(-1)).toBe("ReleaseBake");
  });

  test("hands the judge when each state before it was entered", async () => {
    const world = memoryWorld();
    const before = Date.now();
    const { bake } = await run({ world });
    const { timeline } = world.reports.kept.get(bake) ?? {};
    expect(timeline?.states.map(({ name }) => name)).toEqual([
      ...["ReadRecipe", "ResolveOrigin", "ProvisionBuilder", "RunAgent", "CreateSnapshot"],
      ...["CompleteSnapshot", "RegisterImage", "CheckProvenance"],
    ]);
    expect(timeline?.began).toBeGreaterThanOrEqual(before);
    expect(timeline?.seconds).toBeLessThanOrEqual((Date.now() - before) / 1000);
  });

  test("hands the parameters to the agent", async () => {
    const world = memoryWorld();
    await run({ world });
    expect(world.agents.orders[0]?.recipe.parameters).toEqual({ GREETING: "Good morning" });
  });

  test("asks again as long as something is not done, and waits no interval", async () => {
    const before = Date.now();
    const { output, events } = await run({ world: memoryWorld(3) });
    expect(output).toMatchObject({ name: "web" });
    // five states that were pending three times each would wait two minutes
    expect(Date.now() - before).toBeLessThan(20_000);
    expect(
      events.filter((event) => event.event === "state-exited" && event.status === "failed"),
    ).toEqual([]);
  });

  test("tells each state's entry and exit, with its duration", async () => {
    const { events } = await run();
    for (const name of names.filter((name) => name !== "KeepBuilder")) {
      expect(events).toContainEqual(
        expect.objectContaining({ event: "state-exited", state: name, status: "succeeded" }),
      );
    }
  });
});

const order = [
  ...["ReadRecipe", "ResolveOrigin", "ProvisionBuilder", "RunAgent", "CreateSnapshot"],
  ...["AwaitSnapshot", "RegisterImage", "CheckProvenance", "TestImage", "PublishImage"],
];

const releases = new Set<StateName>(["ReleaseBake", "ReleaseBuilder", "KeepBuilder"]);

describe.each(names.filter((name) => !releases.has(name)))("when %s fails", (name) => {
  const error = new StepFailed('step 1 "shell" ended with status 1;\nits "last" lines: \\ {}');

  test("the execution fails under the error's own name and message, and all is released", async () => {
    const world = memoryWorld();
    const { output, entered } = await run({ world, instead: { [name]: fails(error) } });
    expect(output).toBeInstanceOf(ExecutionFailed);
    expect(output).toMatchObject({ error: "StepFailed", message: error.message });
    expect(entered.at(-1)).toBe("ReleaseBake");
    const published = [...world.images.all.values()].filter(({ state }) => state === "published");
    expect(published).toEqual([]);
  });

  test("the failure is told of at that state, and no later state is entered", async () => {
    const { events, entered } = await run({ instead: { [name]: fails(error) } });
    expect(events).toContainEqual(
      expect.objectContaining({ event: "state-exited", state: name, status: "failed" }),
    );
    const later = new Set(order.slice(order.indexOf(name) + 1));
    expect(entered.filter((state) => later.has(state))).toEqual([]);
  });
});

describe("a release", () => {
  const stuck = new Error("the cloud is away");

  test("that fails takes nothing from a bake that succeeded", async () => {
    const { output } = await run({ instead: { ReleaseBake: fails(stuck) } });
    expect(output).toMatchObject({ name: "web" });
  });

  test("that fails does not hide why a bake failed", async () => {
    const instead = { RunAgent: fails(new StepFailed("no")), ReleaseBake: fails(stuck) };
    expect((await run({ instead })).output).toMatchObject({ error: "StepFailed", message: "no" });
  });

  test("is tried again", async () => {
    let calls = 0;
    const ReleaseBake = async () => {
      if (++calls < 3) throw stuck;
      return { agents: 0, builders: 0, testMachines: 0, images: 0, snapshots: 0 };
    };
    expect((await run({ instead: { ReleaseBake } })).output).toMatchObject({ name: "web" });
    expect(calls).toBe(3);
  });

  test("of the builder that fails, changes no outcome: the bake's last one comes", async () => {
    const { output, entered } = await run({ instead: { ReleaseBuilder: fails(stuck) } });
    expect(output).toMatchObject({ name: "web" });
    expect(entered.at(-1)).toBe("ReleaseBake");
  });
});

/** RunAgent loses that many builders, and then does what it does. */
const losing = (times: number) => {
  const world = memoryWorld();
  const { RunAgent } = handlersOn(world);
  let calls = 0;
  return {
    world,
    instead: {
      RunAgent: async (input: unknown, context: never) => {
        if (++calls <= times) throw new SpotLost("EC2 took it back");
        return RunAgent(input, context);
      },
    },
  };
};

describe("an execution whose builder EC2 takes back", () => {
  test("has another one made, begins there anew, and publishes", async () => {
    const { output, entered } = await run(losing(1));
    expect(output).toMatchObject({ name: "web" });
    expect(entered.slice(2, 7)).toEqual([
      ...["ProvisionBuilder", "RunAgent", "ProvisionBuilder", "RunAgent", "CreateSnapshot"],
    ]);
  });

  test("fails by what keeps it from another one", async () => {
    const { world, instead } = losing(1);
    const { ProvisionBuilder } = handlersOn(world);
    let calls = 0;
    const provision = async (input: unknown, context: never) => {
      if (++calls > 1) throw new BuilderFailed("there is none");
      return ProvisionBuilder(input, context);
    };
    const ran = await run({ world, instead: { ...instead, ProvisionBuilder: provision } });
    expect(ran.output).toMatchObject({ error: "BuilderFailed", message: "there is none" });
    expect(ran.entered.at(-1)).toBe("ReleaseBake");
  });
});

const StepTimedOut = Object.assign(new Error("late"), { name: "StepTimedOut" });

describe("an execution that is to keep its builder", () => {
  const failing = { RunAgent: fails(new StepFailed("no")) };

  test("keeps it when a step fails, gives back all else, and fails as it would", async () => {
    const world = memoryWorld();
    const { bake, output, entered } = await run({ world, instead: failing, keepBuilder: true });
    expect(output).toMatchObject({ error: "StepFailed", message: "no" });
    expect(entered.slice(-2)).toEqual(["KeepBuilder", "ReleaseBake"]);
    expect(await world.builders.release(bake)).toBe(0);
    await world.builders.keep(bake, new Date(0));
    expect(await world.builders.release(bake)).toBe(1);
  });

  test("keeps it when a step took too long, too", async () => {
    const instead = { RunAgent: fails(StepTimedOut) };
    expect((await run({ instead, keepBuilder: true })).entered).toContain("KeepBuilder");
  });

  test.each([false, undefined])(
    "keeps none when that was not asked for: %s",
    async (keepBuilder) => {
      const world = memoryWorld();
      const { bake, entered } = await run({ world, instead: failing, keepBuilder });
      expect(entered).not.toContain("KeepBuilder");
      expect(await world.builders.keep(bake, new Date(0))).toBe(0);
    },
  );

  test.each(["ProvisionBuilder", "TestImage"] as const)(
    "keeps none when %s fails",
    async (name) => {
      const instead = { [name]: fails(new Error("not the steps' doing")) };
      const { entered } = await run({ instead, keepBuilder: true });
      expect(entered).not.toContain("KeepBuilder");
      expect(entered.at(-1)).toBe("ReleaseBake");
    },
  );

  test("keeps none when it succeeds", async () => {
    const { output, entered } = await run({ keepBuilder: true });
    expect(output).toMatchObject({ name: "web" });
    expect(entered).not.toContain("KeepBuilder");
  });

  test("releases one that cannot be kept, and says why the step failed", async () => {
    const instead = { ...failing, KeepBuilder: fails(new Error("the cloud is away")) };
    const world = memoryWorld();
    const { bake, output } = await run({ world, instead, keepBuilder: true });
    expect(output).toMatchObject({ error: "StepFailed", message: "no" });
    expect(await world.builders.keep(bake, new Date(0))).toBe(0);
  });
});

describe("an execution that is stopped", () => {
  test("ends, and enters no further state", async () => {
    const stop = new AbortController();
    const RunAgent = async () => {
      stop.abort();
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw Object.assign(new Error("at work"), { name: "AgentRunning" });
    };
    const { output, entered } = await run({ instead: { RunAgent }, signal: stop.signal });
    expect(output).toBeInstanceOf(Error);
    expect(entered).not.toContain("CreateSnapshot");
  });

  test("before it began, does nothing", async () => {
    const { output, entered } = await run({ signal: AbortSignal.abort() });
    expect(output).toBeInstanceOf(Error);
    expect(entered).not.toContain("PublishImage");
  });
});

/** What the interpreter runs of each type; it ignores all else without a word. */
const runs: Record<string, string[]> = {
  Task: [
    "Resource",
    "TimeoutSeconds",
    "Parameters",
    "ResultSelector",
    "ResultPath",
    "Retry",
    "Catch",
    "Next",
    "End",
  ],
  Parallel: [
    "Branches",
    "Parameters",
    "ResultSelector",
    "ResultPath",
    "Retry",
    "Catch",
    "Next",
    "End",
  ],
  Pass: ["Next", "End"],
  Choice: ["Choices", "Default"],
  Succeed: ["InputPath", "OutputPath"],
  Fail: ["Error", "Cause", "ErrorPath", "CausePath"],
};
const entries: Record<string, string[]> = {
  Retry: [
    ...["ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate"],
    ...["MaxDelaySeconds", "JitterStrategy"],
  ],
  Catch: ["ErrorEquals", "ResultPath", "Next"],
  Choices: ["Variable", "IsPresent", "BooleanEquals", "And", "Next"],
};

type Json = Record<string, unknown>;

const fieldsBeside = (known: readonly string[], fields: Json): string[] =>
  Object.keys(fields).filter((field) => !known.includes(field));

describe("the state machine's file", () => {
  test("has only fields that the interpreter runs", () => {
    expect(Object.keys(definition).toSorted()).toEqual(["Comment", "StartAt", "States"]);
    const unknown = states.flatMap(({ name, type, fields }) => {
      const lists = Object.entries(entries).flatMap(([list, allowed]) =>
        ((fields[list] ?? []) as Json[])
          .flatMap((entry) => [entry, ...((entry["And"] ?? []) as Json[])])
          .flatMap((entry) => fieldsBeside(allowed, entry)),
      );
      const known = ["Type", "Comment", ...(runs[type] ?? [])];
      return [...fieldsBeside(known, fields), ...lists].map((field) => `${name}: ${field}`);
    });
    expect(unknown).toEqual([]);
  });

  test("has only branches that the interpreter runs", () => {
    const branches = states.flatMap(({ fields }) => (fields["Branches"] ?? []) as Json[]);
    for (const branch of branches) {
      expect(Object.keys(branch).toSorted()).toEqual(["StartAt", "States"]);
    }
  });

  test("has each name once, so that a name is a state", () => {
    const all = states.map(({ name }) => name);
    expect(all).toEqual([...new Set(all)]);
  });

  test("says of each state what it is for", () => {
    for (const { name, fields } of states) {
      if (name === "Succeeded") continue;
      expect([name, fields["Comment"]]).toEqual([name, expect.stringMatching(/\.$/)]);
    }
  });

  test("ends no failure as a success", () => {
    const caught = states.flatMap(({ fields }) => (fields["Catch"] ?? []) as Json[]);
    for (const entry of caught) expect(entry["ResultPath"]).toMatch(/^\$\.\w+/);
    expect(states.filter(({ type }) => type === "Fail")).toHaveLength(1);
  });
});

const ofLambda = (error: string): string => `Lambda.${error}`;

const contracts = new Map(Object.entries(allContracts));

const moment: Record<string, string> = { "entered.$": "$$.State.EnteredTime" };

describe.each(tasks)("the task $name", ({ name, fields }) => {
  const contract = contracts.get(name);
  const { FunctionName, Payload } = fields["Parameters"] as { FunctionName: string; Payload: Json };

  test("calls the function of its name, by the request that Lambda answers", () => {
    expect(fields["Resource"]).toBe("arn:aws:states:::lambda:invoke");
    expect(FunctionName).toBe(`\${${name}}`);
    expect(Object.keys(fields["Parameters"] as Json).toSorted()).toEqual([
      "FunctionName",
      "Payload",
    ]);
  });

  test("hands over exactly the fields of its contract, each by a path or by several", () => {
    const handed = Object.entries(Payload).map(([key, value]) => {
      if (typeof value === "string") return key;
      expect(Object.keys(value as Json).filter((field) => !field.endsWith(".$"))).toEqual([]);
      return `${key}.$`;
    });
    expect(handed.toSorted()).toEqual(
      Object.keys(contract?.input.shape ?? {})
        .map((field) => `${field}.$`)
        .toSorted(),
    );
  });

  test("keeps only what its contract answers, under one noun, and when it was entered", () => {
    const { "entered.$": entered, ...others } = (fields["ResultSelector"] ?? {}) as typeof moment;
    expect([undefined, moment["entered.$"]]).toContain(entered);
    const kept = Object.entries(others);
    const answers = Object.keys(contract?.output.shape ?? {});
    for (const [key, path] of kept) {
      expect(key).toMatch(/\.\$$/);
      expect(answers).toContain(/^\$\.Payload\.(\w+)$/.exec(path)?.[1]);
    }
    expect(fields["ResultPath"]).toEqual(
      kept.length === 0 ? null : expect.stringMatching(/^\$\.\w+$/),
    );
  });

  test("has a time limit, and is tried again when Lambda is to blame", () => {
    expect(fields["TimeoutSeconds"]).toBeGreaterThan(0);
    const retried = ((fields["Retry"] ?? []) as Json[]).flatMap((entry) => entry["ErrorEquals"]);
    const lambda = [
      ...["ServiceException", "AWSLambdaException", "SdkClientException"].map(ofLambda),
      ...["TooManyRequestsException", "ClientExecutionTimeoutException"].map(ofLambda),
      // a function that was killed in its midst: by its memory, its time, or for no stated reason
      ...["Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],
    ];
    if (name.startsWith("Release")) expect(retried).toEqual(["States.ALL"]);
    else {
      expect(retried).toContain("CloudBusy");
      expect(retried).toEqual(expect.arrayContaining(lambda));
      expect(retried).not.toContain("States.ALL");
    }
  });

  test("polls as long as an operator's policy may allow a bake, and not for days", () => {
    for (const [error, { seconds }] of pollsOf(fields)) {
      // a builder that does not come up is given up by the function, after a quarter of an hour
      const least = error === "BuilderPending" ? 3600 : 12 * 3600;
      expect(seconds, error).toBeGreaterThanOrEqual(least);
      expect(seconds, error).toBeLessThanOrEqual(25 * 3600);
    }
  });
});

/** Seconds for which each `Retry` polls on an error of ours, and how often. */
const pollsOf = (fields: Record<string, unknown>) =>
  ((fields["Retry"] ?? []) as Json[])
    .map((entry) => [String((entry["ErrorEquals"] as string[])[0]), entry] as const)
    .filter(([error]) => /(?:Pending|Queued|Running)$/.test(error))
    .map(([error, entry]) => {
      const [first, times, rate] = ["IntervalSeconds", "MaxAttempts", "BackoffRate"].map((name) =>
        Number(entry[name]),
      ) as [number, number, number];
      const most = Number(entry["MaxDelaySeconds"] ?? Infinity);
      // FULL: anything between nothing and the pause
      const share = entry["JitterStrategy"] === "FULL" ? 0.5 : 1;
      const pauses = Array.from({ length: times }, (_, at) => Math.min(first * rate ** at, most));
      const seconds = share * pauses.reduce((sum, pause) => sum + pause, 0);
      return [error, { seconds, times }] as const;
    });

/** How often each `Retry` asks again because the cloud takes no more calls. */
const timesOfBusy = (fields: Record<string, unknown>): number[] =>
  ((fields["Retry"] ?? []) as Json[])
    .filter((entry) => (entry["ErrorEquals"] as string[]).includes("CloudBusy"))
    .map((entry) => Number(entry["MaxAttempts"]));

test("all polls of a bake fit in an execution's history, which takes 25,000 events", () => {
  const polls = tasks.flatMap(({ fields }) => pollsOf(fields));
  const busy = tasks.flatMap(({ fields }) => timesOfBusy(fields));
  expect(
    polls
      .map(([error]) => error)
      .concat("CloudBusy")
      .toSorted(),
  ).toEqual(Object.keys(pending).toSorted());
  // each is scheduled, started and failed; the rest is for all else that a bake does
  const events =
    3 * [...polls.map(([, { times }]) => times), ...busy].reduce((sum, times) => sum + times, 0);
  expect(events).toBeLessThanOrEqual(25_000 - 500);
});

test("of all bakes that wait for room, none asks more often than another", () => {
  const retries = tasks.flatMap(({ fields }) => (fields["Retry"] ?? []) as Json[]);
  const queued = retries.filter((entry) => String(entry["ErrorEquals"]) === "BuilderQueued");
  expect(queued).toMatchObject([{ BackoffRate: 1, JitterStrategy: "FULL" }]);
});

test("the definition is one: bakes take it as it is, without asking", () => {
  const copy = structuredClone(definition) as unknown as StateMachineDefinition;
  expect(() => new StateMachine(copy)).not.toThrow();
  expect(() => new StateMachine({ ...copy, StartAt: "Nowhere" })).toThrow(/Nowhere/);
});
