import {
  keepBuilders,
  provision,
  releaseAgents,
  releaseBuilders,
  runAgents,
  testImages,
} from "./permissions/machines.ts";
import {
  announce,
  completeImages,
  createSnapshots,
  judgeImages,
  publishImages,
  read,
  readDrops,
  releaseCopies,
  registerImages,
  releaseImages,
  readPublicKey,
  releaseSnapshots,
  resolveOrigins,
  sign,
  write,
} from "./permissions/things.ts";
import { listing, type Permission, type Places } from "./permissions/permission.ts";

/*
 * Action → resource and condition, one list a function: exactly what the adapters call that its
 * handler composes. A test holds this against the commands in the built functions, and against
 * AWS's own list of what IAM can narrow.
 */

/** Functions that are a task of the state machine. */
export const taskFunctions = [
  "ReadRecipe",
  "ResolveOrigin",
  "ProvisionBuilder",
  "RunAgent",
  "CreateSnapshot",
  "AwaitSnapshot",
  "ReleaseBuilder",
  "RegisterImage",
  "CheckProvenance",
  "TestImage",
  "PublishImage",
  "KeepBuilder",
  "ReleaseBake",
] as const;

/** Functions that events and schedules start. */
export const eventFunctions = ["StartBake", "BakeEnded", "ReleaseAgain", "Sweep"] as const;

export type FunctionName = (typeof taskFunctions)[number] | (typeof eventFunctions)[number];
export const functionNames: readonly FunctionName[] = [...taskFunctions, ...eventFunctions];

const release = (at: Places): Permission[] => [
  ...releaseAgents(at),
  ...releaseBuilders(at),
  ...releaseImages(at),
  ...releaseSnapshots(at),
];

/** As the event of a bake's end has it done, and the sweep when no event came. */
const tellEnds = (at: Places): Permission[] => [
  ...keepBuilders(at),
  ...release(at),
  ...completeImages(at),
  ...write(at, "bakes/"),
  ...announce(at),
];

/** What a bake noted, and what all bakes know of each other. */
const keepNotes = (at: Places): Permission[] =>
  ["bakes/", "looks/"].flatMap((prefix) => [...read(at, prefix), ...write(at, prefix)]);

/** What each function may do. Writing its log and traces is everybody's, and not listed. */
export const permissions = (at: Places): Record<FunctionName, Permission[]> => ({
  ReadRecipe: [...read(at, "bakes/"), ...write(at, "bakes/"), ...readDrops(at)],
  ResolveOrigin: [
    ...keepNotes(at),
    ...resolveOrigins(at),
    readPublicKey(at),
    // the policy to which the finished image is held
    ...readDrops(at),
  ],
  ProvisionBuilder: [...keepNotes(at), ...provision(at)],
  RunAgent: [
    ...read(at, "bakes/"),
    ...write(at, "bakes/"),
    ...read(at, "builders/"),
    ...write(at, "builders/"),
    ...runAgents(at),
  ],
  CreateSnapshot: [...read(at, "bakes/"), ...write(at, "bakes/"), ...createSnapshots(at)],
  AwaitSnapshot: [listing("ec2:DescribeSnapshots"), ...read(at, "looks/"), ...write(at, "looks/")],
  ReleaseBuilder: [...read(at, "bakes/"), ...write(at, "bakes/"), ...releaseBuilders(at)],
  RegisterImage: [...keepNotes(at), ...registerImages(at)],
  CheckProvenance: [...keepNotes(at), ...read(at, "images/"), ...readDrops(at), ...judgeImages(at)],
  TestImage: [...keepNotes(at), ...testImages(at)],
  PublishImage: [
    ...publishImages(at),
    ...write(at, "bakes/"),
    ...[sign(at), readPublicKey(at)],
    ...announce(at),
    // policy and names, as they are by then
    ...readDrops(at),
    ...read(at, "names/"),
    ...write(at, "names/"),
  ],
  KeepBuilder: keepBuilders(at),
  ReleaseBake: release(at),
  StartBake: [
    ...readDrops(at),
    ...["bakes/", "drops/"].flatMap((prefix) => [...read(at, prefix), ...write(at, prefix)]),
    ...read(at, "names/"),
    { actions: ["states:StartExecution"], resources: [at.stateMachine] },
    { actions: ["states:DescribeExecution"], resources: [at.executions] },
    ...announce(at),
  ],
  BakeEnded: [
    {
      actions: ["states:DescribeExecution", "states:GetExecutionHistory"],
      resources: [at.executions],
    },
    ...tellEnds(at),
  ],
  ReleaseAgain: release(at),
  Sweep: [
    { actions: ["states:ListExecutions"], resources: [at.stateMachine] },
    {
      actions: [
        ...["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"],
      ],
      resources: [at.executions],
    },
    ...tellEnds(at),
    ...releaseCopies(at),
  ],
});
