/** The command line cannot be carried out as it is written. */
export class UsageError extends Error {
  static {
    this.prototype.name = "UsageError";
  }
  /** What would be right. */
  readonly hint: string;
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** A recipe was not baked, because the one it starts from was not. */
export class ParentFailed extends Error {
  static {
    this.prototype.name = "ParentFailed";
  }
}

/** What the selftest set out to show is not so; the message says what. */
export class SelftestFailed extends Error {
  static {
    this.prototype.name = "SelftestFailed";
  }
}

/** A stage of the selftest's did not go; the message says what is left, and how to remove it. */
export class StageRemains extends Error {
  static {
    this.prototype.name = "StageRemains";
  }
}

/** A disk is not as the inventory says that was taken of it; the page that was printed says in what. */
export class NotAsBaked extends Error {
  static {
    this.prototype.name = "NotAsBaked";
  }
}

/** A signal ended the command, and what it held is released. */
export class Interrupted extends Error {
  static {
    this.prototype.name = "Interrupted";
  }
  readonly signal: NodeJS.Signals;
  constructor(signal: NodeJS.Signals, message: string, options?: ErrorOptions) {
    super(message, options);
    this.signal = signal;
  }
}
