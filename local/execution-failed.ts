/** What the execution ended with: as Step Functions tells it in the execution's end event. */
export class ExecutionFailed extends Error {
  static {
    this.prototype.name = "ExecutionFailed";
  }
  readonly error: string;
  constructor(error: string, message: string) {
    super(message);
    this.error = error;
  }
}
