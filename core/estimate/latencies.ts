/*
 * How long what a bake waits for takes in AWS, as far as anybody has told. Where nobody has, the
 * number is an assumption, and its source says so. Plans reckon with these, and the tests' double of
 * AWS takes its time by them.
 */

export interface Latency {
  seconds: number;
  /** Who measured it, or that nobody did. */
  source: string;
}

const coldboot = "brevdev/ec2-coldboot-research: launches measured, 25.8 s on average";

export const latencies = {
  /** A function's first start: its code, and the first call over TLS. */
  coldFunction: {
    seconds: 0.375,
    source: "speedrun.nobackspacecrew.com, 2025-07: 250 ms of code, 125 ms of the first TLS call",
  },
  /** A call of one of AWS's services that does nothing large. */
  call: { seconds: 0.12, source: "assumed: AWS names no number" },
  /** Until EC2's searches know what was made just now. */
  visible: { seconds: 0.9, source: "assumed: EC2's consistency is eventual, by its guide" },
  /** What a task does once it runs: a few calls, one after the other. */
  task: { seconds: 0.4, source: "assumed: three calls of 120 ms" },
  /** From one state to the next. */
  transition: { seconds: 0.05, source: "assumed: Step Functions names no number" },
  /** A stock image into the account, once for each version of it. */
  copy: {
    seconds: 900,
    source:
      "assumed: best effort by AWS's word; 15 min is the least that time-based copies promise",
  },
  /** RunInstances itself. */
  launchCall: { seconds: 4.9, source: `${coldboot}, of which the call is 19 %` },
  /** From `pending` to `running`. */
  running: { seconds: 16.5, source: `${coldboot}; 16.4 to 16.6 s whatever the family` },
  /** From `running` to a login. */
  boot: { seconds: 3.1, source: `${coldboot}, of which booting is 12 %` },
  /** From the boot until Systems Manager can run something. */
  online: {
    seconds: 60,
    source: "assumed: nobody has measured it; public scripts wait 1 to 2 min",
  },
  /** A disk from a snapshot of the account's own. */
  volume: { seconds: 1.5, source: "assumed: AWS names no number" },
  /** A disk to a running machine. */
  attach: { seconds: 3, source: "assumed: AWS names no number" },
  /** From the call that ends a machine until it has ended. */
  termination: { seconds: 30, source: "assumed: AWS names no number" },
  /** The agent before and after the steps: mounts, inventory, clean-up. */
  agent: { seconds: 60, source: "assumed: a fresh volume is read from S3, at no promised rate" },
  /** A distribution's base system from its packages. */
  bootstrap: { seconds: 180, source: "assumed: depends on the archive's distance" },
  /** One step of the recipe; its own `timeout` is the most it can take. */
  step: { seconds: 60, source: "assumed: nobody knows what a step does" },
  /** One of the recipe's tests, likewise. */
  test: { seconds: 5, source: "assumed: nobody knows what a test does" },
  /** Of a disk that was changed; more where it was written whole. */
  snapshot: {
    seconds: 180,
    source:
      "aws/aws-sdk-ruby#978: about 3 min; AWS promises none, and 15 min and more were seen (hashicorp/packer#7991)",
  },
} as const satisfies Record<string, Latency>;
