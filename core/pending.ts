/*
 * What is not done yet: each is thrown by a task that is to be called again, and the `Retry` of its
 * state on that name is the poll.
 */

/** The origin is still being imported or copied; the state's `Retry` is the poll. */
export class OriginPending extends Error {
  static {
    this.prototype.name = "OriginPending";
  }
}

/** The builder is not up yet; the state's `Retry` is the poll. */
export class BuilderPending extends Error {
  static {
    this.prototype.name = "BuilderPending";
  }
}

/** The account's bakery has no room for another builder; the state's `Retry` is the poll. */
export class BuilderQueued extends Error {
  static {
    this.prototype.name = "BuilderQueued";
  }
}

/** The agent is still at work; the state's `Retry` is the poll. */
export class AgentRunning extends Error {
  static {
    this.prototype.name = "AgentRunning";
  }
}

/** The snapshot is not complete yet; the state's `Retry` is the poll. */
export class SnapshotPending extends Error {
  static {
    this.prototype.name = "SnapshotPending";
  }
}

/** The cloud takes no more calls just now, or does not answer; the state's `Retry` asks again. */
export class CloudBusy extends Error {
  static {
    this.prototype.name = "CloudBusy";
  }
}

/** The candidate is still booting or under test; the state's `Retry` is the poll. */
export class TestsRunning extends Error {
  static {
    this.prototype.name = "TestsRunning";
  }
}
