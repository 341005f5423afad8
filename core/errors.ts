/**
 * Every error a bake can end with. The name is what the state machine matches and what Lambda
 * reports as `errorType`; the message is a sentence for the operator. Where a docstring says
 * nothing about retrying, retrying does not help.
 */
export * from "./input-errors.ts";
export * from "./pending.ts";

/** A task was called with input that breaks its contract: a bug in the state machine. */
export class InvalidInput extends Error {
  static {
    this.prototype.name = "InvalidInput";
  }
}

/** The origin is there and is not what the recipe can start from; the message says why. */
export class OriginRefused extends Error {
  static {
    this.prototype.name = "OriginRefused";
  }
}

/**
 * No builder can be had as the recipe and the stage ask for it, or it ended while it came up; the
 * message says why. A new bake may succeed.
 */
export class BuilderFailed extends Error {
  static {
    this.prototype.name = "BuilderFailed";
  }
}

/** EC2 could not complete the snapshot; the message says why. A new bake may succeed. */
export class SnapshotFailed extends Error {
  static {
    this.prototype.name = "SnapshotFailed";
  }
}

/** The agent ended without a result: killed, or out of memory. A new bake may succeed. */
export class AgentDied extends Error {
  static {
    this.prototype.name = "AgentDied";
  }
}

/**
 * EC2 took back the spare capacity that the builder was on, before its agent had a result. The
 * state machine has the work done again by another builder, which is on demand.
 */
export class SpotLost extends Error {
  static {
    this.prototype.name = "SpotLost";
  }
}

/** A step of the recipe, or its command on the host, ended with a status it does not allow. */
export class StepFailed extends Error {
  static {
    this.prototype.name = "StepFailed";
  }
}

/** A step of the recipe, or its command on the host, did not end in time. */
export class StepTimedOut extends Error {
  static {
    this.prototype.name = "StepTimedOut";
  }
}

/**
 * The distribution's packages could not be fetched or installed, or the origin's image could not be
 * copied into the account. A new bake may succeed.
 */
export class OriginFailed extends Error {
  static {
    this.prototype.name = "OriginFailed";
  }
}

/** A path of the recipe leads somewhere in the image where nothing can be written. */
export class UnusablePath extends Error {
  static {
    this.prototype.name = "UnusablePath";
  }
}

/**
 * The disk would not boot: it has no kernel, no boot loader that we know, or one whose entries lead
 * nowhere; nothing tells its architecture; or a boot loader could not be installed on it.
 */
export class NotBootable extends Error {
  static {
    this.prototype.name = "NotBootable";
  }
}

/** The finished disk could not be read whole, or holds more than an inventory can. */
export class InventoryFailed extends Error {
  static {
    this.prototype.name = "InventoryFailed";
  }
}

/** What the steps left for the EFI system partition does not fit on it, or FAT cannot hold it. */
export class UnfitForEsp extends Error {
  static {
    this.prototype.name = "UnfitForEsp";
  }
}

/** A program of the builder's own failed: partitioning, formatting, mounting. */
export class CommandFailed extends Error {
  static {
    this.prototype.name = "CommandFailed";
  }
}

/** The image booted wrongly or not at all, or one of its tests failed. */
export class TestsFailed extends Error {
  static {
    this.prototype.name = "TestsFailed";
  }
}

/** The image fails rules of the provenance policy that are enforced; the message says which. */
export class ProvenanceFailed extends Error {
  static {
    this.prototype.name = "ProvenanceFailed";
  }
}

/** Another snapshot already holds this image's name. */
export class ImageNameTaken extends Error {
  static {
    this.prototype.name = "ImageNameTaken";
  }
  constructor(image: string) {
    super(`${image} is registered from another snapshot; nothing was changed`);
  }
}

/** What the recipe asks of its image does not go with the disk that was baked. */
export class UnfitAttributes extends Error {
  static {
    this.prototype.name = "UnfitAttributes";
  }
}

/** Subscribers could not all be told how a bake ended. Retrying tells them under the same id. */
export class AnnouncementFailed extends Error {
  static {
    this.prototype.name = "AnnouncementFailed";
  }
}

/** A file is where an export is to go, and nobody said that it may be replaced. */
export class TargetExists extends Error {
  static {
    this.prototype.name = "TargetExists";
  }
}

/** Somebody else is at work on it; a later try may succeed. */
export class InUse extends Error {
  static {
    this.prototype.name = "InUse";
  }
}

/** The operator's policy, or another prefix's claim to the name, forbids it; the message says which. */
export class PolicyRefused extends Error {
  static {
    this.prototype.name = "PolicyRefused";
  }
}

/** AWS does not let a function do what it is for; the message says whose role lacks which permission. */
export class NotPermitted extends Error {
  static {
    this.prototype.name = "NotPermitted";
  }
}

/** A function of the stage's failed, or answered what nobody understands; the message says which. */
export class FunctionFailed extends Error {
  static {
    this.prototype.name = "FunctionFailed";
  }
}

/** A thing named by id or name is not there. */
export class NotFound extends Error {
  static {
    this.prototype.name = "NotFound";
  }
}

/** The machine lacks something the work needs; the message says what and how to get it. */
export class NotReady extends Error {
  static {
    this.prototype.name = "NotReady";
  }
}

/** The catalogue holds a record that is not what this version writes. */
export class CorruptRecord extends Error {
  static {
    this.prototype.name = "CorruptRecord";
  }
}

/**
 * Vulnerabilities could not be looked for, or not in all of an image's software; the message says
 * why. Nothing is known then, which is not the same as nothing being there.
 */
export class ScanImpossible extends Error {
  static {
    this.prototype.name = "ScanImpossible";
  }
}

/**
 * A statement's signature does not hold, or it is about something else than what it lies beside:
 * nothing that it says may be believed.
 */
export class StatementBroken extends Error {
  static {
    this.prototype.name = "StatementBroken";
  }
}
